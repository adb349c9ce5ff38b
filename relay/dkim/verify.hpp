// Whether a signature that a message has already is good. Pure, but for OpenSSL.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "relay/dkim/header_fields.hpp"
#include "relay/dkim/public_key.hpp"
#include "relay/dkim/signature_field.hpp"
#include "relay/dkim/signing_key.hpp"

namespace kurir::dkim {

enum class verification : std::uint8_t {
    good,
    syntax,
    algorithm,    // not the key's
    unsupported,  // of a simple body, or of a part of it: its hash is another than ours
    expired,
    body,       // it was changed
    signature,  // the header was changed, or the key is another
};

// `header`: all fields of the message, with the signature's. `body_hash`: of the relaxed body.
verification verify(
    const field& signature_field,
    const std::vector<field>& header,
    std::string_view body_hash,
    const public_key& key,
    utc_seconds utc
);

// Whether the message has a good signature by this key for this domain: then it needs no second
// one. Its selector may be another, for a record of the same key.
bool is_signed(
    std::string_view header,
    std::string_view body_hash,
    const signing_key& key,
    std::string_view domain,
    utc_seconds utc
);

}  // namespace kurir::dkim
