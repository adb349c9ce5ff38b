#include "relay/smtp/too_many_recipients.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "relay/base/text.hpp"

namespace kurir::smtp {

namespace {

constexpr int too_many = 452;
constexpr int too_many_821 = 552;  // the code of RFC 821

// The words of servers, in lower case.
constexpr std::array<std::string_view, 10> words{
    "too many recipient",
    "too many rcpt",
    "too many receivers",
    "too many addresses",
    "recipient limit",
    "recipients limit",
    "maximum number of recipients",
    "number of recipients exceed",
    "max recipients",
    "recipient count",
};

// Words of a rate limit, or of other meanings of 452 and 552.
constexpr std::array<std::string_view, 16> other_words{
    " from ",
    " rate",
    "per hour",
    "per day",
    "per minute",
    "quota",
    "mailbox",
    "storage",
    " full",
    "space",
    "size",
    "large",
    "resources",
    "connections",
    "sender",
    "throttl",
};

template <std::size_t Count>
bool any(const std::array<std::string_view, Count>& list, const std::string& text) {
    return std::ranges::any_of(list, [&text](std::string_view each) {
        return text.find(each) != std::string::npos;
    });
}

// Also finds a status in the text whose class contradicts the code ("552 4.5.3").
enhanced_status status_in(const reply& said) {
    if (said.status || said.lines.empty()) return said.status;
    return enhanced_status::parse(said.lines.front()).value_or(enhanced_status{});
}

enum class meaning { too_many, unknown, other };

meaning meaning_of(const reply& said) {
    if (said.severity() < 4 || said.inconsistent) return meaning::other;
    const auto status = status_in(said);
    if (status.subject == 5 && status.detail == 3) return meaning::too_many;
    // A status with another meaning overrides the words.
    const bool vague = status.subject == 0 || status.subject == 3 || status.subject == 5;
    if (!vague) return meaning::other;
    const auto text = ' ' + base::lowered(said.joined()) + ' ';
    if (any(other_words, text)) return meaning::other;
    if (any(words, text)) return meaning::too_many;
    return status.subject == 0 ? meaning::unknown : meaning::other;
}

}  // namespace

bool names_too_many_recipients(const reply& said) {
    return meaning_of(said) == meaning::too_many;
}

bool says_too_many_recipients(const reply& said) {
    const bool by_code = said.code == too_many || said.code == too_many_821;
    const auto meant = meaning_of(said);
    return meant == meaning::too_many || (by_code && meant == meaning::unknown);
}

}  // namespace kurir::smtp
