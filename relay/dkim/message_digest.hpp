// What every signature of a message is made from. It is small beside the message and can be kept:
// a signer that comes later needs nothing else, neither the body nor the header.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "relay/base/result.hpp"

namespace kurir::dkim {

// Fields that may be named in one signature. A header with more of those that are signed is an
// attack or a mistake, and a signature that names them all would be refused.
inline constexpr std::size_t signed_fields_max = 500;

struct message_digest {
    std::string body_hash = {};           // SHA-256 of the relaxed body, 32 bytes
    std::vector<std::string> names = {};  // of the fields that are signed, in the order of `fields`
    std::string fields = {};              // these, in relaxed form
    bool operator==(const message_digest&) const = default;
};

// The error says why the message can't be signed, as the end of a sentence about it.
base::result<message_digest, std::string> digest_of(std::string_view header, std::string body_hash);

}  // namespace kurir::dkim
