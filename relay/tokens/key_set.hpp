// The public keys by which tokens are checked: a set of JSON Web Keys (RFC 7517). Pure, but for
// OpenSSL. Immutable once read, and shared by threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "relay/base/result.hpp"

struct evp_pkey_st;

namespace kurir::tokens {

// Each needs a kind of key of its own, so that no key is used in a way that its owner did not mean.
enum class algorithm : std::uint8_t { rs256, es256, eddsa };

struct public_key {
    std::string id;  // empty: it has none
    algorithm kind;
    std::shared_ptr<evp_pkey_st> key;
};

class key_set {
public:
    static constexpr std::size_t text_max = 256UL * 1024;
    static constexpr std::size_t keys_max = 100;

    // The error is the end of a sentence about the text. Keys that are not for signatures, of kinds
    // that we don't know, or secret ones are skipped; at least one must be left.
    using read = base::result<key_set, std::string>;
    static read parse(std::string_view json);

    // The keys for a token that names this one. A token that names none can mean only one key: with
    // several of its kind there is nothing to choose by.
    std::vector<const public_key*> candidates(algorithm kind, const std::optional<std::string>& id)
        const;

    std::size_t size() const noexcept { return keys_.size(); }

private:
    std::vector<public_key> keys_;
};

}  // namespace kurir::tokens
