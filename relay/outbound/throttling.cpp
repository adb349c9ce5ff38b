#include "relay/outbound/throttling.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "relay/outbound/verdict.hpp"
#include "relay/smtp/text.hpp"

namespace kurir::outbound {

namespace {

constexpr int closing = 421;

// What the large providers write, in lower case.
constexpr std::array<std::string_view, 10> of_amount{
    "rate",
    "limit",
    "throttl",
    "too many",
    "too much",
    "too fast",
    "too quickly",
    "slow down",
    "exceeded",
    "concurren",
};

// The same, where nothing else could be meant.
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

bool has(std::string_view text, std::string_view word) {
    return text.find(word) != std::string_view::npos;
}

bool says_so(const smtp::reply& said) {
    const auto text = smtp::lowered(said.joined());
    return std::ranges::any_of(words, [&text](std::string_view each) { return has(text, each); });
}

}  // namespace

bool is_about_amount(std::string_view text) {
    const auto lower = smtp::lowered(text);
    return std::ranges::any_of(of_amount, [&lower](std::string_view each) {
        return has(lower, each);
    });
}

bool asks_for_fewer_connections(const verdict& said) {
    if (said.outcome != outcome::deferred || said.cause != cause::reply) return false;
    const auto lower = smtp::lowered(said.diagnostic);
    const bool of_connections = has(lower, "connection") || has(lower, "session");
    return of_connections && (has(lower, "too many") || has(lower, "concurren") ||
                              has(lower, "simultaneous") || has(lower, "maximum number"));
}

bool asks_for_less(const smtp::reply& said, bool greylisting) {
    if (said.code == closing) return true;
    const auto& status = said.status;
    const bool of_mailbox = status && (status.subject == 1 || status.subject == 2);
    if (said.severity() != 4 || of_mailbox) return false;
    return (status.subject == 7 && !greylisting) || says_so(said);
}

}  // namespace kurir::outbound
