#include "relay/tokens/key_set.hpp"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include <algorithm>
#include <utility>

#include "relay/tokens/base64url.hpp"
#include "relay/tokens/json.hpp"

namespace kurir::tokens {

namespace {

using native_key = std::shared_ptr<EVP_PKEY>;
using number = std::unique_ptr<BIGNUM, void (*)(BIGNUM*)>;
using builder = std::unique_ptr<OSSL_PARAM_BLD, void (*)(OSSL_PARAM_BLD*)>;
using parameters = std::unique_ptr<OSSL_PARAM, void (*)(OSSL_PARAM*)>;
using key_context = std::unique_ptr<EVP_PKEY_CTX, void (*)(EVP_PKEY_CTX*)>;

const unsigned char* bytes_of(const std::string& text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

number number_of(const std::string& bytes) {
    return {::BN_bin2bn(bytes_of(bytes), static_cast<int>(bytes.size()), nullptr), ::BN_free};
}

// Null if the parameters make no good key.
native_key make(const char* type, const builder& described) {
    const parameters all(::OSSL_PARAM_BLD_to_param(described.get()), ::OSSL_PARAM_free);
    const key_context context(
        ::EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr), ::EVP_PKEY_CTX_free
    );
    EVP_PKEY* made = nullptr;
    if (!all || !context || ::EVP_PKEY_fromdata_init(context.get()) != 1 ||
        ::EVP_PKEY_fromdata(context.get(), &made, EVP_PKEY_PUBLIC_KEY, all.get()) != 1) {
        return nullptr;
    }
    native_key key(made, ::EVP_PKEY_free);
    const key_context check(::EVP_PKEY_CTX_new(key.get(), nullptr), ::EVP_PKEY_CTX_free);
    return check && ::EVP_PKEY_public_check(check.get()) == 1 ? key : nullptr;
}

std::optional<std::string> bytes_in(const boost::json::object& key, std::string_view name) {
    const auto text = string_in(key, name);
    return text ? decode_base64url(*text) : std::nullopt;
}

// Long keys cost time for each token, short ones are broken.
native_key rsa_key(const boost::json::object& key) {
    constexpr int bits_least = 2048;
    constexpr int bits_most = 8192;
    const auto modulus = bytes_in(key, "n");
    const auto exponent = bytes_in(key, "e");
    if (!modulus || !exponent || modulus->size() > bits_most / 8 || exponent->size() > 8) {
        return nullptr;
    }
    const auto n = number_of(*modulus);
    const auto e = number_of(*exponent);
    const builder described(::OSSL_PARAM_BLD_new(), ::OSSL_PARAM_BLD_free);
    if (!n || !e || !described || ::BN_num_bits(n.get()) < bits_least ||
        ::BN_is_odd(e.get()) == 0 || ::BN_is_one(e.get()) == 1 ||
        ::OSSL_PARAM_BLD_push_BN(described.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) != 1 ||
        ::OSSL_PARAM_BLD_push_BN(described.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) != 1) {
        return nullptr;
    }
    return make("RSA", described);
}

native_key p256_key(const boost::json::object& key) {
    constexpr std::size_t coordinate_size = 32;
    const auto x = bytes_in(key, "x");
    const auto y = bytes_in(key, "y");
    if (!x || !y || x->size() != coordinate_size || y->size() != coordinate_size) return nullptr;
    const std::string point = '\x04' + *x + *y;  // uncompressed
    const builder described(::OSSL_PARAM_BLD_new(), ::OSSL_PARAM_BLD_free);
    constexpr auto* curve = "prime256v1";
    if (!described ||
        ::OSSL_PARAM_BLD_push_utf8_string(described.get(), OSSL_PKEY_PARAM_GROUP_NAME, curve, 0) !=
            1 ||
        ::OSSL_PARAM_BLD_push_octet_string(
            described.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()
        ) != 1) {
        return nullptr;
    }
    return make("EC", described);
}

native_key ed25519_key(const boost::json::object& key) {
    constexpr std::size_t size = 32;
    const auto x = bytes_in(key, "x");
    if (!x || x->size() != size) return nullptr;
    return {
        ::EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes_of(*x), x->size()),
        ::EVP_PKEY_free
    };
}

struct kind_row {
    std::string_view type;
    std::string_view curve;  // empty: none
    std::string_view name;   // of the algorithm
    algorithm kind;
    native_key (*make)(const boost::json::object& key);
};

constexpr kind_row kinds[] = {
    {"RSA", "", "RS256", algorithm::rs256, rsa_key},
    {"EC", "P-256", "ES256", algorithm::es256, p256_key},
    {"OKP", "Ed25519", "EdDSA", algorithm::eddsa, ed25519_key},
};

// Null: not one of ours.
const kind_row* kind_of(const boost::json::object& key) {
    const auto use = string_in(key, "use");
    if (use && *use != "sig") return nullptr;
    const auto type = string_in(key, "kty");
    const auto curve = string_in(key, "crv");
    const auto name = string_in(key, "alg");
    for (const auto& row : kinds) {
        if (type != row.type || curve.value_or("") != row.curve) continue;
        return !name || *name == row.name ? &row : nullptr;
    }
    return nullptr;
}

}  // namespace

key_set::read key_set::parse(std::string_view json) {
    constexpr std::size_t id_max = 255;
    if (json.size() > text_max) return "is too large";
    const auto whole = parse_object(json);
    const auto* const listed = whole ? whole->if_contains("keys") : nullptr;
    if (listed == nullptr || !listed->is_array()) return "is no set of JSON Web Keys";
    if (listed->get_array().size() > keys_max) return "has too many keys";
    key_set found;
    for (const auto& each : listed->get_array()) {
        const auto* const object = each.if_object();
        if (object == nullptr) return "has a key that is no object";
        const auto* const row = kind_of(*object);
        if (row == nullptr) continue;
        auto id = string_in(*object, "kid").value_or("");
        if (id.size() > id_max) return "has a key with a very long kid";
        auto made = row->make(*object);
        ::ERR_clear_error();
        if (!made) return "has a key of kind " + std::string(row->name) + " that is not valid";
        found.keys_.push_back({std::move(id), row->kind, std::move(made)});
    }
    if (found.keys_.empty()) return "has no key for RS256, ES256 or EdDSA";
    return found;
}

std::vector<const public_key*> key_set::candidates(
    algorithm kind, const std::optional<std::string>& id
) const {
    std::vector<const public_key*> found;
    for (const auto& each : keys_) {
        if (each.kind == kind && (!id || each.id == *id)) found.push_back(&each);
    }
    if (!id && found.size() > 1) found.clear();
    return found;
}

}  // namespace kurir::tokens
