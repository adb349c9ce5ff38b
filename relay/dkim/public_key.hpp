// A public key that signatures are checked with, as a record publishes it.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "relay/base/result.hpp"
#include "relay/dkim/algorithm.hpp"

struct evp_pkey_st;

namespace kurir::dkim {

class public_key {
public:
    // `published`: what `p=` has, not in base64. The error is the end of a sentence about the key.
    static base::result<public_key, std::string> read(algorithm kind, std::string_view published);

    algorithm kind() const noexcept { return kind_; }

    // As we publish it: another may have published the same key in another form.
    std::string published() const;

    // Whether the signature is one of this SHA-256 hash.
    bool verifies(std::string_view hash, std::string_view signature) const;

private:
    public_key(algorithm kind, std::shared_ptr<evp_pkey_st> key) noexcept
        : kind_(kind), key_(std::move(key)) {}

    algorithm kind_;
    std::shared_ptr<evp_pkey_st> key_;
};

}  // namespace kurir::dkim
