#include "relay/dkim/public_key.hpp"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <utility>

#include "relay/dkim/native_key.hpp"

namespace kurir::dkim {

namespace {

// SubjectPublicKeyInfo, as everybody has it; RFC 6376 section 3.6.1 itself speaks of the
// RSAPublicKey in it, and some records have only that.
native_key rsa_key(std::string_view published) {
    const auto size = static_cast<long>(published.size());
    const auto* bytes = bytes_of(published);
    const auto* const end = bytes + size;
    native_key key(::d2i_PUBKEY(nullptr, &bytes, size), ::EVP_PKEY_free);
    if (!key) {
        bytes = bytes_of(published);
        key.reset(::d2i_PublicKey(EVP_PKEY_RSA, nullptr, &bytes, size));
    }
    if (bytes != end) key.reset();
    ::ERR_clear_error();
    return key;
}

native_key ed25519_key(std::string_view published) {
    native_key key(
        ::EVP_PKEY_new_raw_public_key(
            EVP_PKEY_ED25519, nullptr, bytes_of(published), published.size()
        ),
        ::EVP_PKEY_free
    );
    ::ERR_clear_error();
    return key;
}

bool verifies_rsa(EVP_PKEY* key, std::string_view hash, std::string_view signature) {
    const native_context context(::EVP_PKEY_CTX_new(key, nullptr), ::EVP_PKEY_CTX_free);
    return context && ::EVP_PKEY_verify_init(context.get()) == 1 && use_rsa_sha256(context.get()) &&
           ::EVP_PKEY_verify(
               context.get(), bytes_of(signature), signature.size(), bytes_of(hash), hash.size()
           ) == 1;
}

bool verifies_ed25519(EVP_PKEY* key, std::string_view hash, std::string_view signature) {
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(
        ::EVP_MD_CTX_new(), ::EVP_MD_CTX_free
    );
    return context && ::EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key) == 1 &&
           ::EVP_DigestVerify(
               context.get(), bytes_of(signature), signature.size(), bytes_of(hash), hash.size()
           ) == 1;
}

}  // namespace

base::result<public_key, std::string> public_key::read(algorithm kind, std::string_view published) {
    auto key = kind == algorithm::rsa ? rsa_key(published) : ed25519_key(published);
    if (!key) return "is no " + std::string(text_of(kind)) + " key";
    if (auto fault = key_fault(key.get()); !fault.empty()) return fault;
    if (algorithm_of(key.get()) != kind) return "is no " + std::string(text_of(kind)) + " key";
    return public_key(kind, std::shared_ptr<EVP_PKEY>(std::move(key)));
}

std::string public_key::published() const {
    return published_bytes(key_.get());
}

bool public_key::verifies(std::string_view hash, std::string_view signature) const {
    const bool good = kind_ == algorithm::rsa ? verifies_rsa(key_.get(), hash, signature)
                                              : verifies_ed25519(key_.get(), hash, signature);
    ::ERR_clear_error();
    return good;
}

}  // namespace kurir::dkim
