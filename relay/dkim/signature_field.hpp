// The DKIM-Signature field (RFC 6376 section 3.5): written, and read strictly.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "relay/base/result.hpp"
#include "relay/dkim/algorithm.hpp"
#include "relay/dkim/canonical.hpp"

namespace kurir::dkim {

using utc_seconds = std::chrono::sys_seconds;

struct signature {
    algorithm kind = algorithm::rsa;
    canonical_form header_form = canonical_form::simple;
    canonical_form body_form = canonical_form::simple;
    std::string domain = {};    // lower case
    std::string selector = {};  // lower case
    std::string identity = {};  // "user@sub.domain", as it is written; empty: "@" + domain
    std::vector<std::string> names = {};  // of the signed fields, in order; as they are written
    std::string body_hash = {};           // bytes
    std::string bytes = {};               // of the signature itself
    std::optional<utc_seconds> time = {};
    std::optional<utc_seconds> expiry = {};
    bool has_length = false;  // `l=`: what is behind it anybody may have added
};

// `field` is all of it. The error is the end of a sentence about the signature.
base::result<signature, std::string> parse_signature(std::string_view field);

// The field as the signature covers it: the value of `b=` is taken out, the rest is in this form,
// without the last CRLF. Nothing if there is no `b=`.
std::optional<std::string> signed_form(std::string_view field, canonical_form form);

}  // namespace kurir::dkim
