// What is due when: every delivery that waits, ordered by time.
//
// Compact, because it holds one entry for each queued message: at most 300 bytes, with domains and
// senders kept once each. Insertion and removal take logarithmic time. Deliveries that are due at
// the same time leave in the order in which their messages were received.
//
// Pure: the caller supplies the clock reading. Not thread-safe: it belongs to one thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "queue/message.hpp"

namespace kurir::queue {

class schedule {
public:
    void insert(delivery waiting);

    // The delivery that is due first, if that is at `now` or before.
    std::optional<delivery> pop_due(time_point now);

    std::optional<time_point> next_due() const;
    std::size_t size() const noexcept { return by_due_.size(); }
    bool empty() const noexcept { return by_due_.empty(); }

    // Calls `visit` with the time at which the message of each delivery was received.
    template <class Visitor>
    void each_received(Visitor visit) const {
        for (const auto& each : by_due_)
            visit(entries_[each.slot].received_at);
    }

    // Deliveries that were never tried, and those that were deferred: how many, and when the oldest
    // was received, to the second.
    struct tally {
        std::size_t deliveries = 0;
        std::size_t recipients = 0;
        std::optional<time_point> oldest;
    };
    tally untried() const { return untried_.sum(); }
    tally deferred() const { return deferred_.sum(); }

private:
    // A string that many entries share, counted.
    using names = std::unordered_map<std::string, std::uint32_t>;
    using name = names::value_type;

    struct entry {
        message_id id;
        time_point received_at;
        time_point stored_due;
        std::uint64_t size = 0;
        name* domain = nullptr;
        name* sender = nullptr;
        // The recipients, if there are several; else `only`.
        std::unique_ptr<const std::vector<std::uint32_t>> several;
        std::uint32_t only = 0;
        std::uint32_t attempts = 0;
    };
    struct moment {
        time_point due;
        std::uint32_t slot;
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
    bool later(const moment& a, const moment& b) const;
    group& group_of(const entry& each) { return each.attempts == 0 ? untried_ : deferred_; }
    std::uint32_t free_slot();

    name* share(std::string text);
    void unshare(name* shared);

    std::deque<entry> entries_;        // slots; freed ones are used again
    std::vector<std::uint32_t> free_;  // slots without entry
    std::vector<moment> by_due_;       // a heap, earliest on top
    group untried_;
    group deferred_;
    names names_;
};

}  // namespace kurir::queue
