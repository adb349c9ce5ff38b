// Keys for tests. Making an RSA key takes a while, so there is one of each kind.
#pragma once

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <chrono>
#include <memory>
#include <string>

#include "relay/dkim/key_generation.hpp"
#include "relay/dkim/public_key.hpp"
#include "relay/dkim/signing_key.hpp"
#include "tests/support/catch.hpp"

namespace tests {

using kurir::dkim::algorithm;
using kurir::dkim::signing_key;

// When a message is signed.
inline const kurir::dkim::utc_seconds noon{
    std::chrono::sys_days{std::chrono::year(2026) / 11 / 27} + std::chrono::hours(12)
};

inline const std::string& pem(algorithm kind) {
    static const auto rsa = kurir::dkim::generate_key(algorithm::rsa);
    static const auto ed25519 = kurir::dkim::generate_key(algorithm::ed25519);
    return kind == algorithm::rsa ? rsa : ed25519;
}

inline signing_key read(const std::string& text) {
    auto key = signing_key::read(text);
    CAPTURE(key ? "" : key.error());
    REQUIRE(key.has_value());
    return *key;
}

inline const signing_key& key(algorithm kind) {
    static const auto rsa = read(pem(algorithm::rsa));
    static const auto ed25519 = read(pem(algorithm::ed25519));
    return kind == algorithm::rsa ? rsa : ed25519;
}

inline kurir::dkim::public_key public_half(const signing_key& key) {
    auto half = kurir::dkim::public_key::read(key.kind(), key.published());
    REQUIRE(half.has_value());
    return *half;
}

// Any key of OpenSSL as PEM: with a pass phrase, unless that is empty; or only its public half.
inline std::string pem_of(EVP_PKEY* made, const std::string& phrase = "", bool is_public = false) {
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> owned(made, ::EVP_PKEY_free);
    const std::unique_ptr<BIO, decltype(&BIO_free)> text(::BIO_new(::BIO_s_mem()), ::BIO_free);
    REQUIRE(made != nullptr);
    const auto* cipher = phrase.empty() ? nullptr : ::EVP_aes_256_cbc();
    const auto* bytes = reinterpret_cast<const unsigned char*>(phrase.data());
    const auto size = static_cast<int>(phrase.size());
    int done = 0;
    if (is_public) {
        done = ::PEM_write_bio_PUBKEY(text.get(), made);
    } else if (::EVP_PKEY_is_a(made, "RSA") == 1) {  // the older form
        done = ::PEM_write_bio_PrivateKey_traditional(
            text.get(), made, cipher, bytes, size, nullptr, nullptr
        );
    } else {
        done = ::PEM_write_bio_PrivateKey(text.get(), made, cipher, bytes, size, nullptr, nullptr);
    }
    REQUIRE(done == 1);
    char* written = nullptr;
    const auto count = BIO_get_mem_data(text.get(), &written);
    return {written, static_cast<std::size_t>(count)};
}

}  // namespace tests
