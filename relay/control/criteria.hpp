// The criteria of a selector, by their names: for command line, API and page.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace kurir::control {

enum class criterion_kind : std::uint8_t {
    in_memory,    // a pattern with *; what the dispatcher has in memory answers it
    in_envelope,  // a pattern; the envelope answers it
    other,
};

struct criterion {
    std::string_view name;
    criterion_kind kind;
    std::string_view help;
};

// In the order in which people read them.
inline constexpr std::array<criterion, 15> known_criteria{{
    {"from",
     criterion_kind::in_envelope,
     "Reverse-path, * stands for anything; <> is the null reverse-path"},
    {"to", criterion_kind::in_envelope, "Recipient"},
    {"domain", criterion_kind::in_memory, "Domain of the recipients"},
    {"destination", criterion_kind::in_memory, "Mail servers, or relayhost, that it goes to"},
    {"route", criterion_kind::in_memory, "Name of the route"},
    {"user", criterion_kind::in_memory, "Who logged in to send it"},
    {"client", criterion_kind::in_envelope, "Address that it came from"},
    {"tenant", criterion_kind::in_memory, "As --by tenant has it, or its user, network or domain"},
    {"state", criterion_kind::other, "How it waits"},
    {"priority", criterion_kind::other, "Its class"},
    {"older", criterion_kind::other, "Received longer ago, such as 2h"},
    {"newer", criterion_kind::other, "Received since, such as 10m"},
    {"larger", criterion_kind::other, "Size, such as 1M"},
    {"reason", criterion_kind::other, "Regular expression, found in what was said last"},
    {"id", criterion_kind::other, "Ids, with commas between them"},
}};

// In the order of the enumerators of queue::backlog::state and queue::priority.
inline constexpr std::array<std::string_view, 5> state_words{
    "incoming", "ready", "active", "deferred", "held"
};
inline constexpr std::array<std::string_view, 3> priority_words{"normal", "urgent", "bulk"};

}  // namespace kurir::control
