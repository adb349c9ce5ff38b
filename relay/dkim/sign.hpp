// Signatures, from what is kept of a message. Pure, but for OpenSSL.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "relay/dkim/message_digest.hpp"
#include "relay/dkim/signature_field.hpp"
#include "relay/dkim/signing_key.hpp"

namespace kurir::dkim {

// What a signature says beside what it covers.
struct signing_terms {
    std::string domain;    // as its record is found: ASCII
    std::string selector;  // likewise
    std::string identity;  // "@sub.domain"; empty: the domain itself
    utc_seconds time;
    std::optional<std::chrono::seconds> lifetime;  // nothing: it does not expire
};

// The whole DKIM-Signature field with its last CRLF. It goes in front of the message.
std::string sign(const message_digest& digest, const signing_key& key, const signing_terms& terms);

}  // namespace kurir::dkim
