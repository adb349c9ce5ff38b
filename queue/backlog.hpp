// Every queued delivery, in memory: compact entries in numbered slots.
//
// The schedule, the ready lists and the connections refer to deliveries by slot. Each queued
// delivery has one entry of about a hundred bytes: each domain and each source (who sent it, and on
// which terms) is stored once, and recipients are stored only if there are several.
//
// It also counts: how many deliveries are in each state, and when the oldest was received.
//
// Pure. Not thread-safe: it belongs to one thread.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "queue/id_index.hpp"
#include "queue/message.hpp"
#include "queue/terms_pool.hpp"

namespace kurir::queue {

class backlog {
public:
    using slot = std::uint32_t;

    // The state of a delivery, as the metrics name it.
    enum class state : std::uint8_t {
        incoming,  // never tried, and not ready yet
        ready,     // can be tried now
        active,    // being tried
        deferred,  // waits for its next attempt, or for a suspended destination
        held,      // an operator keeps it from being tried
    };
    static constexpr std::size_t states = 5;

    // Texts shared by many entries. The address of a name stays valid while an entry uses it.
    using names = std::unordered_map<std::string, std::uint32_t>;
    using name = names::value_type;

    // Puts a delivery into a free slot; it is held, or incoming or deferred by its attempts. An
    // active one of the same message that has a recipient of it is done: this is what is left, and
    // counts in its place.
    slot insert(delivery waiting);

    // The delivery as it was inserted.
    delivery at(slot index) const;

    // Single fields, without building a delivery.
    message_id id(slot index) const { return entries_[index].id; }
    time_point due(slot index) const { return entries_[index].due; }
    time_point received_at(slot index) const { return entries_[index].received_at; }
    std::uint64_t size_of(slot index) const { return entries_[index].size; }
    std::uint32_t attempts(slot index) const { return entries_[index].attempts; }
    queue::priority priority_of(slot index) const { return entries_[index].priority; }
    state state_of(slot index) const { return entries_[index].counted_as; }
    // Whether what is left of it has a slot of its own already. It keeps its own until whoever
    // tried it has said how that ended, but lists and sums have each recipient once.
    bool has_successor(slot index) const { return entries_[index].has_successor; }
    const std::string& domain(slot index) const { return entries_[index].domain->first; }
    const name* tenant(slot index) const { return entries_[index].source->first.tenant; }
    const std::string& sender_domain(slot index) const {
        return entries_[index].source->first.domain->first;
    }
    rare<delivery_terms> terms(slot index) const {
        return terms_.at(entries_[index].source->first.terms);
    }

    // The name that the store has for it.
    entry_id name_of(slot index) const {
        const auto& stored = entries_[index];
        return entry_id(stored.entry_number, stored.entry_part);
    }

    // By which claim this owner has it.
    queue::fence fence_of(slot index) const { return entries_[index].fence; }
    // Whether this owner has not put it into the queue itself, or had given it back.
    bool is_from_elsewhere(slot index) const { return entries_[index].fence > first_fence; }

    void set_state(slot index, state next);
    // An entry of the same message took its place: its name, and its recipients, not empty and
    // ascending.
    void replace(slot index, entry_id name, std::vector<std::uint32_t> recipients);
    // Whether this message still has the slot.
    bool holds(slot index, message_id id) const {
        return entries_[index].domain != nullptr && entries_[index].id == id;
    }

    // True once for each delivery.
    bool tell_once(slot index) {
        const bool told = entries_[index].told;
        entries_[index].told = true;
        return !told;
    }
    void set_due(slot index, time_point due) { entries_[index].due = due; }

    // Calls `visit` with each slot of a message; it must not insert or erase.
    template <class Visitor>
    void each_of(message_id wanted, Visitor visit) const {
        by_id_.each(wanted, [this](slot item) { return id(item); }, visit);
    }

    // Frees the slot.
    void erase(slot index);

    std::size_t size() const noexcept { return entries_.size() - free_.size(); }

    struct tally {
        std::size_t deliveries = 0;
        std::size_t recipients = 0;
        std::optional<time_point> oldest;  // when it was received, to the second
    };
    tally sum(state counted) const;

    // Slots are numbered from 0 to less than this; some of them are free.
    slot end() const noexcept { return static_cast<slot>(entries_.size()); }
    bool is_taken(slot index) const { return entries_[index].domain != nullptr; }
    std::size_t recipient_count(slot index) const { return recipients_of(entries_[index]); }

    // Calls `visit` with each slot that is taken.
    template <class Visitor>
    void each(Visitor visit) const {
        for (std::size_t at = 0; at < entries_.size(); ++at) {
            if (entries_[at].domain != nullptr) visit(static_cast<slot>(at));
        }
    }

private:
    // Who sent a delivery, and on which terms: with its domain, all that its route depends on.
    struct source {
        name* tenant = nullptr;
        name* domain = nullptr;  // of the sender
        std::uint32_t terms = terms_pool::none;
        bool operator==(const source&) const = default;
    };
    struct source_hash {
        std::size_t operator()(const source& each) const noexcept;
    };
    using sources = std::unordered_map<source, std::uint32_t, source_hash>;

    struct entry {
        message_id id;
        time_point due;
        time_point received_at;
        std::uint64_t entry_number = 0;  // the name of the entry
        std::uint64_t size = 0;
        name* domain = nullptr;  // null: the slot is free
        sources::value_type* source = nullptr;
        // The recipients, if there are several; `only` is the first in any case.
        std::unique_ptr<const std::vector<std::uint32_t>> several;
        std::uint32_t only = 0;
        std::uint32_t entry_part = 0;
        queue::fence fence = 0;
        std::uint32_t attempts : 24 = 0;
        queue::priority priority : 2 = queue::priority::normal;
        state counted_as : 3 = state::incoming;
        bool told : 1 = false;
        bool has_successor : 1 = false;

        void put(std::vector<std::uint32_t> recipients);
    };
    class group {
    public:
        void add(const entry& each);
        void remove(const entry& each);
        tally sum() const;

    private:
        std::size_t deliveries_ = 0;
        std::size_t recipients_ = 0;
        std::map<std::chrono::sys_seconds, std::uint32_t> received_;  // how many in each second
    };

    static std::size_t recipients_of(const entry& each);
    void count_in(entry& each);
    void count_out(entry& each);
    void succeed(const delivery& left);
    static bool share_recipient(const entry& each, const std::vector<std::uint32_t>& recipients);
    group& group_of(state counted) { return groups_[static_cast<std::size_t>(counted)]; }
    slot free_slot();
    name* share(std::string text);
    void unshare(name* shared);
    sources::value_type* share_source(delivery&& waiting);
    void unshare_source(sources::value_type* shared);
    void release(const source& gone);

    std::deque<entry> entries_;
    std::vector<slot> free_;
    id_index by_id_;
    std::array<group, states> groups_;
    names names_;
    terms_pool terms_;
    sources sources_;
};

}  // namespace kurir::queue
