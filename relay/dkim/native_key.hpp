// What signing and public keys share: OpenSSL's objects, owned.
#pragma once

#include <openssl/evp.h>

#include <memory>
#include <string>
#include <string_view>

#include "relay/dkim/algorithm.hpp"

namespace kurir::dkim {

using native_key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using native_context = std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)>;

inline unsigned char* bytes_of(std::string& text) {
    return reinterpret_cast<unsigned char*>(text.data());
}

inline const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

// Empty: we can use the key. Otherwise the end of a sentence about it.
std::string key_fault(EVP_PKEY* key);

// Of a key that has no fault.
algorithm algorithm_of(EVP_PKEY* key);

// What `p=` publishes: SubjectPublicKeyInfo for RSA, the 32 bytes themselves for Ed25519.
std::string published_bytes(EVP_PKEY* key);

// PKCS #1 v1.5 over a SHA-256 hash. False: OpenSSL refuses.
bool use_rsa_sha256(EVP_PKEY_CTX* context);

}  // namespace kurir::dkim
