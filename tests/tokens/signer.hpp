// Who issues tokens in tests: keys of each kind, their JSON, and tokens that they sign.
#pragma once

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "relay/sasl/base64.hpp"
#include "tests/support/catch.hpp"

namespace tests {

inline std::string base64url(std::string_view bytes) {
    auto text = kurir::sasl::encode_base64(bytes);
    std::ranges::replace(text, '+', '-');
    std::ranges::replace(text, '/', '_');
    while (text.ends_with('='))
        text.pop_back();
    return text;
}

class signer {
public:
    static signer rsa(std::size_t bits = 2048) { return {EVP_RSA_gen(bits), "RS256"}; }
    static signer p256() { return {EVP_EC_gen("P-256"), "ES256"}; }
    static signer p384() { return {EVP_EC_gen("P-384"), "ES384"}; }
    static signer ed25519() { return {::EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"), "EdDSA"}; }

    const std::string& algorithm() const { return algorithm_; }

    // The public key as a JSON Web Key; `more`: members in front.
    std::string key(const std::string& id = "", const std::string& more = "") const {
        const auto name = id.empty() ? "" : R"("kid":")" + id + "\",";
        return "{" + more + name + public_members() + "}";
    }

    // A token with this header and these claims, both JSON.
    std::string sign(const std::string& header, const std::string& claims) const {
        const auto text = base64url(header) + '.' + base64url(claims);
        return text + '.' + base64url(signature(text));
    }

    // As `sign`, with the usual header.
    std::string token(const std::string& claims, const std::string& id = "") const {
        const auto name = id.empty() ? "" : R"(,"kid":")" + id + "\"";
        return sign(R"({"alg":")" + algorithm_ + "\"" + name + "}", claims);
    }

    // The public key as PEM has it, which some have taken for a shared secret.
    std::string public_bytes() const { return bytes_of_number(OSSL_PKEY_PARAM_RSA_N); }

private:
    signer(EVP_PKEY* key, std::string algorithm)
        : key_(key, ::EVP_PKEY_free), algorithm_(std::move(algorithm)) {
        REQUIRE(key != nullptr);
    }

    std::string bytes_of_number(const char* name, int size = 0) const {
        BIGNUM* number = nullptr;
        REQUIRE(::EVP_PKEY_get_bn_param(key_.get(), name, &number) == 1);
        const int least = size > 0 ? size : BN_num_bytes(number);
        std::string bytes(static_cast<std::size_t>(least), '\0');
        ::BN_bn2binpad(number, reinterpret_cast<unsigned char*>(bytes.data()), least);
        ::BN_free(number);
        return bytes;
    }

    std::string public_members() const {
        const auto member = [](const char* name, const std::string& bytes) {
            return "\"" + std::string(name) + "\":\"" + base64url(bytes) + "\"";
        };
        if (algorithm_ == "RS256") {
            return R"("kty":"RSA",)" + member("n", bytes_of_number(OSSL_PKEY_PARAM_RSA_N)) + ',' +
                   member("e", bytes_of_number(OSSL_PKEY_PARAM_RSA_E));
        }
        if (algorithm_ == "EdDSA") {
            std::string bytes(32, '\0');
            std::size_t size = bytes.size();
            REQUIRE(
                ::EVP_PKEY_get_raw_public_key(
                    key_.get(), reinterpret_cast<unsigned char*>(bytes.data()), &size
                ) == 1
            );
            return R"("kty":"OKP","crv":"Ed25519",)" + member("x", bytes);
        }
        const bool p256 = algorithm_ == "ES256";
        const int size = p256 ? 32 : 48;
        return R"("kty":"EC","crv":")" + std::string(p256 ? "P-256" : "P-384") + "\"," +
               member("x", bytes_of_number(OSSL_PKEY_PARAM_EC_PUB_X, size)) + ',' +
               member("y", bytes_of_number(OSSL_PKEY_PARAM_EC_PUB_Y, size));
    }

    std::string signature(const std::string& text) const {
        const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(
            ::EVP_MD_CTX_new(), ::EVP_MD_CTX_free
        );
        const auto* digest = algorithm_ == "EdDSA" ? nullptr : ::EVP_sha256();
        REQUIRE(::EVP_DigestSignInit(context.get(), nullptr, digest, nullptr, key_.get()) == 1);
        const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
        std::size_t size = 0;
        REQUIRE(::EVP_DigestSign(context.get(), nullptr, &size, bytes, text.size()) == 1);
        std::string made(size, '\0');
        auto* room = reinterpret_cast<unsigned char*>(made.data());
        REQUIRE(::EVP_DigestSign(context.get(), room, &size, bytes, text.size()) == 1);
        made.resize(size);
        return algorithm_ == "ES256" ? raw(made) : made;
    }

    // Both numbers one after the other, from DER.
    static std::string raw(const std::string& der) {
        const auto* bytes = reinterpret_cast<const unsigned char*>(der.data());
        auto* read = ::d2i_ECDSA_SIG(nullptr, &bytes, static_cast<long>(der.size()));
        REQUIRE(read != nullptr);
        std::string both(64, '\0');
        auto* room = reinterpret_cast<unsigned char*>(both.data());
        ::BN_bn2binpad(::ECDSA_SIG_get0_r(read), room, 32);
        ::BN_bn2binpad(::ECDSA_SIG_get0_s(read), room + 32, 32);
        ::ECDSA_SIG_free(read);
        return both;
    }

    std::shared_ptr<EVP_PKEY> key_;
    std::string algorithm_;
};

// A set of these keys.
inline std::string set_of(const std::vector<std::string>& keys) {
    std::string list;
    for (const auto& each : keys)
        list += (list.empty() ? "" : ",") + each;
    return R"({"keys":[)" + list + "]}";
}

}  // namespace tests
