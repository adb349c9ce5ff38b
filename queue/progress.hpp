// The rules of a settlement: the state of a message, and what the end of an attempt changes.
//
// A store reads what it has of the message, asks these functions, and writes what they say in one
// atomic write. Each rule is written only here, so that all stores agree:
//
// - Once finished, a recipient stays finished. If a settlement names it again, as finished,
//   unfinished or to be tried again, that is ignored.
// - A message with several recipients keeps a mark for each finished one. When the last one is
//   finished, the message ends: its envelope, body, states and marks go in the same write.
// - A settlement of an entry that is no longer there does nothing (Q024), unless an operator's
//   removal meanwhile put a smaller one in its place: then it settles that one.
// - A recipient whose state can't be read counts as unfinished: a duplicate is better than a loss.
//
// Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <vector>

#include "queue/message.hpp"
#include "queue/totals.hpp"

namespace kurir::queue {

// The part of an envelope that a settlement needs.
struct message_extent {
    std::uint32_t recipients = 0;
    std::uint32_t chunks = 0;
    std::uint64_t size = 0;
    bool operator==(const message_extent&) const = default;
};
message_extent extent_of(const envelope& mail);

// The state of a message, including what earlier settlements of the same write changed.
struct progress {
    message_extent extent;
    bool gone = false;
    std::set<std::uint32_t> finished = {};
    std::set<std::uint32_t> tried = {};  // not finished, and have a state record

    // Adds what the record of a recipient says. Null: the record can't be read.
    void note(std::uint32_t recipient, std::optional<bool> is_finished);
};

// What a store must write for a settlement. `finish` leaves in the settlement only what must be
// written: a mark for each of `finished`, the states in `unfinished`, the entries in `again` and
// `withheld`.
struct settlement_effect {
    bool message_ended = false;    // erase the message, and the records of `tried` and `finished`
    std::uint64_t recipients = 0;  // newly finished
};

// True for the usual end, for which no records of recipients and entries need to be read: the first
// attempt of all recipients finished them all. `untouched`: nothing but this settlement has changed
// the message.
bool finishes_at_once(const settlement& end, const message_extent& extent, bool untouched);

// Applies the end of an attempt: changes `message`, and removes from `end` what must not be
// written. `message` is not gone, and its marks are known unless the message ends at once.
settlement_effect finish(settlement& end, progress& message);

// Changes the totals accordingly.
void subtract(store_totals& totals, const settlement_effect& effect, const message_extent& extent);
void add(store_totals& totals, const envelope& mail);

// An operator's removal of these recipients of an entry, or of the whole message.
struct entry_removal {
    delivery entry;
    std::vector<std::uint32_t> recipients;
    bool whole = false;
};

// The removal, written as the end of an attempt that finished these recipients.
settlement settlement_of(const entry_removal& removal, const message_extent& extent);

// What is left of an entry, given the state of its message. Nothing: the entry is gone.
std::optional<delivery> rest_of(delivery entry, const progress& message);

// True if `left` is what a removal left of `attempted` while that was being tried. Both are of the
// same message and were due at the same time.
bool is_rest_of(const delivery& left, const delivery& attempted);

// An attempt's claim of an entry, seen by a store that has several owners.
enum class standing : std::uint8_t {
    held,     // settle it
    settled,  // was settled or removed before: there is nothing to write
    lost,     // another claim has followed: write nothing, and report it
};

// What a store knows of an entry: the claim that it has, or the one that ended it.
struct entry_facts {
    queue::fence fence = 0;
    bool there = false;
};

// `known` is empty if the store knows nothing about the entry any more.
standing standing_of(queue::fence claim, const std::optional<entry_facts>& known);

}  // namespace kurir::queue
