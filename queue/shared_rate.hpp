// Rates with a long period, that all nodes of a shared queue keep together.
//
// Such a rate is not divided by nodes: one that comes late would get its part of a day that others
// have used up, and what one doesn't need would be lost. Nodes draw tokens instead, some at a time,
// from a record that they share. The period is cut into slices of the queue's clock:
//
// - A token is used in the slice in which it was drawn, or given back.
// - A slice has as many tokens as a slice of the period should have, so that mail is spread.
// - All slices that a period can touch have `count` tokens at most. So never are more than `count`
//   messages sent in any such time, whichever nodes send, come, stop or die.
//
// What it costs: a period touches one slice more than it has, so a rate that is used up all the
// time is kept at 48 parts of 49.
//
// Pure.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kurir::queue {

// A rate over at least this time is drawn; others are divided (node_share.hpp). Short ones need a
// token in each of a few seconds, and a database that answers in time; what is wrong with dividing
// is over after a few seconds, too.
inline constexpr std::chrono::milliseconds drawn_period_min = std::chrono::hours(1);
inline constexpr unsigned slices_of_period = 48;
// Tokens that are drawn together, at most.
inline constexpr std::uint64_t draw_max = 200;

struct token_request {
    std::string name;                         // of the limit, for all nodes: notice_key_max bytes
    std::uint64_t count = 1;                  // messages, at least 1
    std::chrono::milliseconds per{};          // in any such time, at least `drawn_period_min`
    std::uint64_t wanted = 0;                 // tokens; 0: it only gives some back
    std::uint64_t returned = 0;               // tokens that were drawn and are not used
    std::chrono::milliseconds returned_to{};  // the slice in which they were
    bool operator==(const token_request&) const = default;
};

struct token_grant {
    std::uint64_t tokens = 0;           // as many as were wanted at most
    std::chrono::milliseconds slice{};  // in which they are: its begin by the queue's clock
    std::chrono::milliseconds left{};   // of the slice, since the request came to the queue
    std::chrono::milliseconds retry{};  // without tokens: when there may be some, since then
    std::uint64_t left_over = 0;        // tokens of the period that nobody has drawn

    bool operator==(const token_grant&) const = default;
};

// The tokens that one node should draw of such a rate at once, at least 1.
std::uint64_t draw_size(std::uint64_t count, std::size_t nodes);

// What was drawn of one rate.
class token_record {
public:
    // Reads what `text` wrote; nothing if it can't be read.
    static std::optional<token_record> read(std::string_view text);
    std::string text() const;

    // Takes back and grants at `time` of the queue's clock, since its epoch.
    token_grant grant(const token_request& request, std::chrono::milliseconds time);

    // When the last slice ends in which something was drawn.
    std::chrono::milliseconds end() const noexcept;

private:
    struct slice {
        std::chrono::milliseconds begin{};
        std::chrono::milliseconds length{};
        std::uint64_t drawn = 0;
    };

    std::uint64_t drawn_after(std::chrono::milliseconds time) const;
    std::chrono::milliseconds next_room(
        const token_request& request, std::chrono::milliseconds after
    ) const;

    std::vector<slice> slices_;  // of these something was drawn; the eldest first
};

}  // namespace kurir::queue
