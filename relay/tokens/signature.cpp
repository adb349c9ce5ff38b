#include "relay/tokens/signature.hpp"

#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include <array>
#include <memory>
#include <new>

namespace kurir::tokens {

namespace {

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

// Tokens have both numbers one after the other; OpenSSL wants them in DER. Empty: it is no
// signature.
std::string in_der(std::string_view signature) {
    constexpr std::size_t number_size = 32;
    if (signature.size() != 2 * number_size) return {};
    const std::unique_ptr<ECDSA_SIG, void (*)(ECDSA_SIG*)> made(
        ::ECDSA_SIG_new(), ::ECDSA_SIG_free
    );
    auto* r = ::BN_bin2bn(bytes_of(signature), number_size, nullptr);
    auto* s = ::BN_bin2bn(bytes_of(signature.substr(number_size)), number_size, nullptr);
    if (!made || r == nullptr || s == nullptr) throw std::bad_alloc();
    ::ECDSA_SIG_set0(made.get(), r, s);
    std::array<unsigned char, 80> der;
    auto* end = der.data();
    const int size = ::i2d_ECDSA_SIG(made.get(), &end);
    if (size <= 0) return {};
    return {reinterpret_cast<const char*>(der.data()), static_cast<std::size_t>(size)};
}

}  // namespace

bool is_signed_by(const public_key& key, std::string_view text, const std::string& signature) {
    const auto& shown = key.kind == algorithm::es256 ? in_der(signature) : signature;
    const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(
        ::EVP_MD_CTX_new(), ::EVP_MD_CTX_free
    );
    if (!context) throw std::bad_alloc();
    const auto* digest = key.kind == algorithm::eddsa ? nullptr : ::EVP_sha256();
    const bool good =
        ::EVP_DigestVerifyInit(context.get(), nullptr, digest, nullptr, key.key.get()) == 1 &&
        ::EVP_DigestVerify(
            context.get(), bytes_of(shown), shown.size(), bytes_of(text), text.size()
        ) == 1;
    ::ERR_clear_error();
    return good;
}

}  // namespace kurir::tokens
