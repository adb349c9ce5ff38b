// What a transaction has read of entries and messages, and what the ends of attempts and removals
// change of it, by the rules of queue/progress.hpp.
//
// Later requests of a batch see what earlier ones changed. Pure.
#pragma once

#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "queue/postgres/changes.hpp"
#include "queue/progress.hpp"
#include "queue/store.hpp"

namespace kurir::queue::postgres {

class ledger {
public:
    // What was read.
    void note_entry(delivery waiting);  // with its name and fence
    void note_settled(message_id id, entry_id entry, queue::fence fence);
    void note_message(message_id id, const message_extent& extent);
    void note_mark(message_id id, std::uint32_t recipient, bool is_finished);

    // Puts what the end of an attempt changes into `out`. `errc::lost`: another owner has, or had,
    // one of its entries; nothing was put there. An end that was written before changes nothing.
    result<void> settle(settlement end, changes& out);

    // The same for an operator's removal. Nothing: the entry is not there any more.
    std::optional<removal> remove(const entry_removal& removal, changes& out);

private:
    using name = std::pair<message_id, entry_id>;
    struct entry {
        delivery waiting;
        bool there = true;
    };

    standing standing_now(const delivery& attempted, std::vector<name>& held) const;
    std::optional<entry_facts> facts_of(const name& entry) const;
    name name_of(const delivery& attempted) const;
    static void write_end(settlement& end, progress& message, changes& out);

    std::map<name, entry> entries_;
    std::map<name, queue::fence> settled_;
    std::map<message_id, progress> messages_;
};

}  // namespace kurir::queue::postgres
