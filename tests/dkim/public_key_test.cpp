#include "relay/dkim/public_key.hpp"

#include <openssl/x509.h>

#include "relay/sasl/digest.hpp"
#include "tests/dkim/keys.hpp"

using namespace kurir;
using namespace kurir::dkim;
using namespace tests;

namespace {

std::string record_fault(algorithm kind, const std::string& published) {
    const auto read = public_key::read(kind, published);
    return read ? "" : read.error();
}

// SubjectPublicKeyInfo of any key.
std::string information(EVP_PKEY* made) {
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> owned(made, ::EVP_PKEY_free);
    std::string bytes(static_cast<std::size_t>(::i2d_PUBKEY(made, nullptr)), '\0');
    auto* end = reinterpret_cast<unsigned char*>(bytes.data());
    ::i2d_PUBKEY(made, &end);
    return bytes;
}

}  // namespace

TEST_CASE("what is published is a key, and nothing else", "[dkim]") {
    const auto& rsa = key(algorithm::rsa).published();
    const auto& ed25519 = key(algorithm::ed25519).published();
    const std::string no_rsa = "is no RSA key";
    const std::string no_ed25519 = "is no Ed25519 key";
    CHECK(record_fault(algorithm::rsa, rsa).empty());
    CHECK(record_fault(algorithm::rsa, rsa.substr(24)).empty());  // without its wrapping
    CHECK(record_fault(algorithm::rsa, "") == no_rsa);
    CHECK(record_fault(algorithm::rsa, ed25519) == no_rsa);
    for (const auto& whole : {rsa, rsa.substr(24)}) {
        CHECK(record_fault(algorithm::rsa, whole + '\0') == no_rsa);
        CHECK(record_fault(algorithm::rsa, whole.substr(0, whole.size() - 1)) == no_rsa);
    }
    CHECK(record_fault(algorithm::ed25519, ed25519).empty());
    CHECK(record_fault(algorithm::ed25519, "") == no_ed25519);
    CHECK(record_fault(algorithm::ed25519, rsa) == no_ed25519);
    CHECK(record_fault(algorithm::ed25519, ed25519 + '\0') == no_ed25519);
    CHECK(record_fault(algorithm::ed25519, ed25519.substr(1)) == no_ed25519);
}

TEST_CASE(
    "a record of k=rsa with a key of another kind, or of a size that none accepts", "[dkim]"
) {
    CHECK(
        record_fault(algorithm::rsa, information(EVP_RSA_gen(768))) ==
        "is an RSA key of 768 bits; no receiver accepts less than 1024"
    );
    CHECK(
        record_fault(algorithm::rsa, information(EVP_EC_gen("P-256"))) ==
        "is a key of kind EC; only RSA and Ed25519 can sign mail"
    );
    // A well-formed Ed25519 key, but wrapped: k=ed25519 has it bare.
    const auto wrapped = information(::EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
    CHECK(record_fault(algorithm::rsa, wrapped) == "is no RSA key");
    CHECK(record_fault(algorithm::ed25519, wrapped) == "is no Ed25519 key");
}

TEST_CASE("a key verifies signatures of its own kind alone", "[dkim]") {
    const auto hash = sasl::sha256("text");
    const auto rsa = public_half(key(algorithm::rsa));
    const auto ed25519 = public_half(key(algorithm::ed25519));
    CHECK_FALSE(rsa.verifies(hash, key(algorithm::ed25519).sign(hash)));
    CHECK_FALSE(ed25519.verifies(hash, key(algorithm::rsa).sign(hash)));
    CHECK_FALSE(rsa.verifies(hash, std::string(100'000, 'x')));
    CHECK_FALSE(ed25519.verifies(hash, std::string(100'000, 'x')));
}
