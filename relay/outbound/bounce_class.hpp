// The reason of a failure, as one of a few classes that an operator can count.
#pragma once

#include <cstdint>
#include <string_view>

#include "relay/smtp/reply.hpp"

namespace kurir::outbound {

enum class bounce_class : std::uint8_t {
    bad_mailbox,
    bad_domain,
    mailbox_full,
    relay_denied,
    policy,
    spam,
    auth_policy,
    too_big,
    content,
    rate,
    expired,
    routing,
    other,
};

// From the enhanced status, else from common words. `code` is the reply's, 0 without a reply.
bounce_class classified(const smtp::enhanced_status& status, int code, std::string_view text);

}  // namespace kurir::outbound
