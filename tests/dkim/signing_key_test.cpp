#include "relay/dkim/signing_key.hpp"

#include <thread>
#include <vector>

#include "relay/sasl/digest.hpp"
#include "tests/dkim/keys.hpp"
#include "tests/dkim/rfc8463.hpp"

using namespace kurir;
using namespace kurir::dkim;
using namespace tests;

namespace {

std::string key_fault(const std::string& text) {
    const auto key = signing_key::read(text);
    REQUIRE(key.has_error());
    return key.error();
}

std::string flipped(std::string text, std::size_t at) {
    text[at] = text[at] == 'A' ? 'B' : 'A';
    return text;
}

}  // namespace

TEST_CASE("keys of both kinds sign, and their public halves verify", "[dkim]") {
    const auto kind = GENERATE(algorithm::rsa, algorithm::ed25519);
    const auto& mine = key(kind);
    CHECK(mine.kind() == kind);
    CHECK(mine.bits() == (kind == algorithm::rsa ? 2048 : 256));
    CHECK_FALSE(mine.is_short());
    CHECK(mine.published().size() == (kind == algorithm::rsa ? 294 : 32));

    const auto hash = sasl::sha256("text");
    const auto made = mine.sign(hash);
    const auto half = public_half(mine);
    CHECK(half.verifies(hash, made));
    CHECK(half.published() == mine.published());
    CHECK_FALSE(half.verifies(sasl::sha256("other"), made));
    CHECK_FALSE(half.verifies(hash, flipped(made, 10)));
    CHECK_FALSE(half.verifies(hash, ""));
    CHECK_FALSE(public_half(read(generate_key(kind))).verifies(hash, made));
}

TEST_CASE("RSA keys of other sizes", "[dkim]") {
    CHECK(
        key_fault(pem_of(EVP_RSA_gen(768))) ==
        "is an RSA key of 768 bits; no receiver accepts less than 1024"
    );
    const auto small = read(pem_of(EVP_RSA_gen(1024)));
    CHECK(small.is_short());
    CHECK(public_half(small).verifies(sasl::sha256(""), small.sign(sasl::sha256(""))));
    const auto large = read(generate_key(algorithm::rsa, 4096));
    CHECK_FALSE(large.is_short());
    CHECK(large.bits() == 4096);
    CHECK(public_half(large).verifies(sasl::sha256(""), large.sign(sasl::sha256(""))));
}

TEST_CASE("the older form of PEM is read, and text around the key", "[dkim]") {
    const auto text = pem_of(EVP_RSA_gen(2048));
    CHECK(text.starts_with("-----BEGIN RSA PRIVATE KEY-----"));
    CHECK(read("a note\n" + text + "more\n").fingerprint() == read(text).fingerprint());
}

TEST_CASE("what is no signing key is called what it is", "[dkim]") {
    CHECK(key_fault("") == "is no key in PEM");
    CHECK(key_fault("\x30\x82\x01") == "is no key in PEM");
    CHECK(key_fault(pem_of(EVP_RSA_gen(2048), "", true)) == "is a public key, not a private one");
    CHECK(
        key_fault("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n") ==
        "has no private key"
    );
    CHECK(
        key_fault(pem_of(EVP_RSA_gen(2048), "secret")) ==
        "is protected by a pass phrase, which nobody can type in"
    );
    CHECK(
        key_fault(pem_of(EVP_EC_gen("P-256"))) ==
        "is a key of kind EC; only RSA and Ed25519 can sign mail"
    );
    CHECK(
        key_fault(pem_of(::EVP_PKEY_Q_keygen(nullptr, nullptr, "ED448"))) ==
        "is a key of kind ED448; only RSA and Ed25519 can sign mail"
    );
}

TEST_CASE("a damaged key is refused, unless its signatures are good all the same", "[dkim]") {
    const auto& whole = pem(algorithm::rsa);
    const std::string damaged = "has a private key that is damaged";
    CHECK(key_fault(whole.substr(0, whole.size() / 2)) == damaged);
    const auto half = public_half(read(whole));
    const auto hash = sasl::sha256("text");
    std::size_t refused = 0;
    for (std::size_t at = 40; at + 60 < whole.size(); at += 41) {
        if (whole[at] == '\n') continue;
        CAPTURE(at);
        const auto changed = signing_key::read(flipped(whole, at));
        if (changed.has_error()) {
            ++refused;
            CHECK(changed.error() == damaged);
        } else {
            // Numbers that only make it faster may be wrong: OpenSSL goes without them.
            CHECK(half.verifies(hash, changed->sign(hash)));
        }
    }
    CHECK(refused > 5);
}

TEST_CASE("a fingerprint is of what is published", "[dkim]") {
    const auto mine = read(rfc8463::ed25519_private);
    CHECK(mine.fingerprint() == fingerprint_of(mine.published()));
    CHECK(mine.fingerprint().size() == 64);
    CHECK(mine.fingerprint() != key(algorithm::ed25519).fingerprint());
}

TEST_CASE("a key signs for many threads at once", "[dkim]") {
    const auto kind = GENERATE(algorithm::rsa, algorithm::ed25519);
    const auto hash = sasl::sha256("text");
    const auto expected = key(kind).sign(hash);  // both algorithms are deterministic
    std::vector<int> wrong(4);
    std::vector<std::thread> threads;
    for (auto& count : wrong) {
        threads.emplace_back([&] {
            for (int i = 0; i < 50; ++i)
                count += key(kind).sign(hash) == expected ? 0 : 1;
        });
    }
    for (auto& thread : threads)
        thread.join();
    CHECK(wrong == std::vector<int>(4));
}
