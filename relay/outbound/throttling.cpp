#include "relay/outbound/throttling.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "relay/smtp/text.hpp"

namespace kurir::outbound {

namespace {

constexpr int closing = 421;

// What the large providers write, in lower case.
constexpr std::array<std::string_view, 8> words{
    "rate limit",
    "ratelimit",
    "throttl",
    "too many connections",
    "too many concurrent",
    "too many messages",
    "too fast",
    "slow down",
};

bool says_so(const smtp::reply& said) {
    const auto text = smtp::lowered(said.joined());
    return std::ranges::any_of(words, [&text](std::string_view each) {
        return text.find(each) != std::string::npos;
    });
}

}  // namespace

bool asks_for_less(const smtp::reply& said, bool greylisting) {
    if (said.code == closing) return true;
    const auto& status = said.status;
    const bool of_mailbox = status && (status.subject == 1 || status.subject == 2);
    if (said.severity() != 4 || of_mailbox) return false;
    return (status.subject == 7 && !greylisting) || says_so(said);
}

}  // namespace kurir::outbound
