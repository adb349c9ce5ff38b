#include "relay/smtp/refusal.hpp"

namespace kurir::smtp {

refusal_reply reply_to(refusal refused) noexcept {
    switch (refused) {
        case refusal::too_big:
            return {552, {5, 3, 4}, "Message is too big", reject_reason::too_big};
        case refusal::bare_newline:
            return {
                550,
                {5, 5, 2},
                "Bare CR or LF in the message: lines end with CRLF",
                reject_reason::bare_newline
            };
        case refusal::nul:
            return {550, {5, 6, 0}, "NUL in the message", reject_reason::nul};
        case refusal::line_too_long:
            return {
                550,
                {5, 6, 0},
                "Line too long in the body of the message",
                reject_reason::line_too_long
            };
        case refusal::header_too_big:
            return {
                552, {5, 3, 4}, "Header of the message is too big", reject_reason::header_too_big
            };
        case refusal::too_many_hops:
            return {554, {5, 4, 6}, "Too many Received lines: mail loop", reject_reason::loop};
        case refusal::key_too_long:
            return {
                554,
                {5, 6, 0},
                "X-Kurir-Idempotency-Key is longer than 255 bytes",
                reject_reason::key_too_long
            };
        case refusal::author_not_permitted:
            return {
                550,
                {5, 7, 1},
                "You may not send with this address in From:",
                reject_reason::author_not_permitted
            };
        case refusal::size_not_permitted:
            return {552, {5, 3, 4}, "Message is too big", reject_reason::size_not_permitted};
        case refusal::too_many_submitted:
            return {
                450,
                {4, 7, 1},
                "Too many messages of this client, try later",
                reject_reason::too_many_submitted
            };
        case refusal::too_many_different:
            return {
                450,
                {4, 7, 1},
                "Too many different recipients of this client, try later",
                reject_reason::too_many_different
            };
        case refusal::not_signed:
            return {
                451, {4, 7, 5}, "Message could not be signed, try later", reject_reason::not_signed
            };
        case refusal::store_full:
            return {452, {4, 3, 1}, "Insufficient storage, try later", reject_reason::disk_low};
        case refusal::store_failed:
            break;
    }
    return {451, {4, 3, 0}, "Message could not be stored, try later", reject_reason::store_error};
}

}  // namespace kurir::smtp
