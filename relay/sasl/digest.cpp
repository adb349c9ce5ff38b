#include "relay/sasl/digest.hpp"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include <cassert>
#include <memory>
#include <stdexcept>

namespace kurir::sasl {

namespace {

using digest = std::unique_ptr<EVP_MD, decltype(&EVP_MD_free)>;
using mac_context = std::unique_ptr<EVP_MAC_CTX, decltype(&EVP_MAC_CTX_free)>;
using kdf = std::unique_ptr<EVP_KDF, decltype(&EVP_KDF_free)>;
using kdf_context = std::unique_ptr<EVP_KDF_CTX, decltype(&EVP_KDF_CTX_free)>;

void require(bool done) {
    if (!done) throw std::runtime_error("OpenSSL can't compute a hash");
}

unsigned char* bytes_of(std::string& text) {
    return reinterpret_cast<unsigned char*>(text.data());
}

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

// OpenSSL's parameters are not const, though it does not write to them.
char* mutable_text(const char* text) {
    return const_cast<char*>(text);  // NOLINT(cppcoreguidelines-pro-type-const-cast)
}

OSSL_PARAM octets(const char* name, std::string_view text) {
    return OSSL_PARAM_construct_octet_string(name, mutable_text(text.begin()), text.size());
}

// Ready for a key. Copies of it need no look-up. Null: there is no such digest.
mac_context make_hmac(const char* digest_name) {
    const std::unique_ptr<EVP_MAC, decltype(&EVP_MAC_free)> hmac(
        EVP_MAC_fetch(nullptr, "HMAC", nullptr), EVP_MAC_free
    );
    require(hmac != nullptr);
    mac_context made(EVP_MAC_CTX_new(hmac.get()), EVP_MAC_CTX_free);
    const OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, mutable_text(digest_name), 0),
        OSSL_PARAM_construct_end(),
    };
    if (EVP_MAC_CTX_set_params(made.get(), parameters) != 1) made.reset();
    return made;
}

std::string hmac(const EVP_MAC_CTX* prepared, std::string_view key, std::string_view text) {
    const mac_context context(EVP_MAC_CTX_dup(prepared), EVP_MAC_CTX_free);
    require(context != nullptr);
    // OpenSSL takes no key for a wish to keep the last one; zeros pad every key.
    const std::string_view given = key.empty() ? std::string_view("\0", 1) : key;
    std::string made(EVP_MAX_MD_SIZE, '\0');
    std::size_t size = 0;
    require(
        EVP_MAC_init(context.get(), bytes_of(given), given.size(), nullptr) == 1 &&
        EVP_MAC_update(context.get(), bytes_of(text), text.size()) == 1 &&
        EVP_MAC_final(context.get(), bytes_of(made), &size, made.size()) == 1
    );
    made.resize(size);
    return made;
}

}  // namespace

std::string sha256(std::string_view text) {
    static const digest fetched(EVP_MD_fetch(nullptr, "SHA256", nullptr), EVP_MD_free);
    std::string made(sha256_size, '\0');
    require(
        fetched != nullptr &&
        EVP_Digest(text.data(), text.size(), bytes_of(made), nullptr, fetched.get(), nullptr) == 1
    );
    return made;
}

std::string hmac_sha256(std::string_view key, std::string_view text) {
    static const auto prepared = make_hmac("SHA256");
    require(prepared != nullptr);
    return hmac(prepared.get(), key, text);
}

std::optional<std::string> hmac_md5(std::string_view key, std::string_view text) {
    static const auto prepared = make_hmac("MD5");
    if (!prepared) return std::nullopt;
    return hmac(prepared.get(), key, text);
}

std::string pbkdf2_sha256(std::string_view password, std::string_view salt, std::uint32_t rounds) {
    static const kdf fetched(EVP_KDF_fetch(nullptr, "PBKDF2", nullptr), EVP_KDF_free);
    require(fetched != nullptr);
    const kdf_context context(EVP_KDF_CTX_new(fetched.get()), EVP_KDF_CTX_free);
    require(context != nullptr);
    assert(rounds >= 1);
    // OpenSSL 3.0 can't copy a context that knows its digest: it looks that up each time, which is
    // nothing beside the rounds.
    const OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, mutable_text("SHA256"), 0),
        octets(OSSL_KDF_PARAM_PASSWORD, password),
        octets(OSSL_KDF_PARAM_SALT, salt),
        OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_ITER, &rounds),
        OSSL_PARAM_construct_end(),
    };
    std::string made(sha256_size, '\0');
    require(EVP_KDF_derive(context.get(), bytes_of(made), made.size(), parameters) == 1);
    return made;
}

std::string random_bytes(std::size_t count) {
    std::string drawn(count, '\0');
    require(RAND_bytes(bytes_of(drawn), static_cast<int>(count)) == 1);
    return drawn;
}

bool equal_secrets(std::string_view a, std::string_view b) noexcept {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace kurir::sasl
