// The buckets of one limit: how many messages each client, or each sender, may still submit.
//
// Nodes that share a queue tell each other what they have taken, and each takes it from its own
// buckets, too. Told is only what matters: a key whose messages here fill half of this node's part
// of the limit, or of which another node tells. (All others together have less than the limit.)
// Until all have heard it, a node takes no more than its part of what was left, or what the rate
// brings in `until_heard`, if that is more: a client that keeps to one node has its whole limit,
// also one of a second. So each other node exceeds the limit by that much at most, and it is made
// up for: the bucket goes below empty.
//
// Pure: the caller supplies the clock reading, of a steady clock; those of other nodes don't
// matter. Not thread-safe.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "relay/config/rate.hpp"
#include "relay/inbound/rate_words.hpp"
#include "relay/net/clock.hpp"
#include "relay/net/token_bucket.hpp"

namespace kurir::inbound {

// The same on all nodes. Whoever finds two texts with one hash shares a limit of its own.
rate_key key_of(std::string_view text) noexcept;

// What another node told of this limit.
struct heard_rates {
    std::uint64_t teller = 0;
    net::clock::duration age{};  // since it told it
    std::vector<told_rate> rates;
};

class rate_table {
public:
    static constexpr std::size_t keys_max = 100'000;
    // Two exchanges of `queue::share_interval`: one until it is told, one until it is heard.
    static constexpr std::chrono::seconds until_heard{4};

    explicit rate_table(std::optional<config::rate> rate) : rate_(rate) {}

    // When `key` may submit again; at once if that is not after `now`.
    net::clock::time_point ready_at(rate_key key, net::clock::time_point now) const;

    void take(rate_key key, net::clock::time_point now);

    std::size_t size() const noexcept { return entries_.size(); }

    // What the others are to be told.
    std::vector<told_rate> tell(net::clock::time_point now);
    // They were told what `tell` said last, and tell this. `nodes`: all, with this one.
    void hear(
        const std::vector<heard_rates>& others, std::size_t nodes, net::clock::time_point now
    );

private:
    struct entry {
        net::token_bucket bucket;  // of what all nodes have taken, as far as it is known here
        net::clock::time_point part_full_at;  // of a bucket with this node's part of the rate
        std::uint64_t count = 0;              // as it is told
        std::uint64_t taken = 0;              // messages here, since that count began
    };
    // Of a key that is told: how many of `taken` the others have heard, will have heard when they
    // exchange next, and are being told.
    struct telling {
        std::uint64_t heard = 0;
        std::uint64_t told = 0;
        std::uint64_t next = 0;
    };
    using known_rates = std::unordered_map<rate_key, told_rate>;

    entry* find_or_add(rate_key key, net::clock::time_point now);
    bool has_room(net::clock::time_point now);
    void begin_telling(rate_key key, const entry& known, net::clock::time_point now);
    void begin_count(entry& known);
    void keep_untold(const known_rates& before, known_rates& told, net::clock::time_point now)
        const;
    void apply(const heard_rates& other, const known_rates* before, net::clock::time_point now);

    std::optional<config::rate> rate_;
    std::unordered_map<rate_key, entry> entries_;
    std::unordered_map<rate_key, telling> telling_;
    std::unordered_map<std::uint64_t, known_rates> heard_;  // by the teller
    std::size_t nodes_ = 1;
    bool is_shared_ = false;  // somebody asks what to tell
    std::uint64_t last_count_ = 0;
    std::size_t sweep_at_ = 1024;  // entries
    net::clock::time_point next_sweep_{};
};

}  // namespace kurir::inbound
