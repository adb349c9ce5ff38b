// Why a message can't be taken, and the reply to its client.
#pragma once

#include <cstdint>
#include <string_view>

#include "relay/smtp/exchange.hpp"
#include "relay/smtp/reply.hpp"

namespace kurir::smtp {

enum class refusal : std::uint8_t {
    too_big,
    bare_newline,
    nul,
    line_too_long,
    header_too_big,
    too_many_hops,
    key_too_long,
    author_not_permitted,
    size_not_permitted,
    too_many_submitted,
    too_many_different,
    not_signed,
    store_full,
    store_failed,
};

struct refusal_reply {
    int code;
    enhanced_status status;
    std::string_view text;
    reject_reason reason;
};

refusal_reply reply_to(refusal refused) noexcept;

}  // namespace kurir::smtp
