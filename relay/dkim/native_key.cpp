#include "relay/dkim/native_key.hpp"

#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <new>

namespace kurir::dkim {

std::string key_fault(EVP_PKEY* key) {
    if (::EVP_PKEY_is_a(key, "ED25519") == 1) return {};
    if (::EVP_PKEY_is_a(key, "RSA") != 1) {
        const char* const name = ::EVP_PKEY_get0_type_name(key);
        return "is a key of kind " + std::string(name != nullptr ? name : "unknown") +
               "; only RSA and Ed25519 can sign mail";
    }
    const int bits = ::EVP_PKEY_get_bits(key);
    if (bits < rsa_bits_least) {
        return "is an RSA key of " + std::to_string(bits) +
               " bits; no receiver accepts less than " + std::to_string(rsa_bits_least);
    }
    if (bits > rsa_bits_most) {
        return "is an RSA key of " + std::to_string(bits) + " bits; " +
               std::to_string(rsa_bits_most) + " at most";
    }
    return {};
}

algorithm algorithm_of(EVP_PKEY* key) {
    return ::EVP_PKEY_is_a(key, "RSA") == 1 ? algorithm::rsa : algorithm::ed25519;
}

std::string published_bytes(EVP_PKEY* key) {
    if (algorithm_of(key) == algorithm::ed25519) {
        std::string raw(32, '\0');
        std::size_t size = raw.size();
        if (::EVP_PKEY_get_raw_public_key(key, bytes_of(raw), &size) != 1) return {};
        return raw;
    }
    unsigned char* made = nullptr;
    const int size = ::i2d_PUBKEY(key, &made);
    if (size <= 0) return {};
    const std::unique_ptr<unsigned char, void (*)(unsigned char*)> owned(
        made, [](unsigned char* bytes) { ::OPENSSL_free(bytes); }
    );
    return {reinterpret_cast<const char*>(made), static_cast<std::size_t>(size)};
}

bool use_rsa_sha256(EVP_PKEY_CTX* context) {
    return ::EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1 &&
           ::EVP_PKEY_CTX_set_signature_md(context, ::EVP_sha256()) == 1;
}

}  // namespace kurir::dkim
