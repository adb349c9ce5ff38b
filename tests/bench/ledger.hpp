// What has become of every message of a run: sent, acknowledged, arrived.
//
// Written by two threads: the client's notes sendings and acknowledgements, the sink's notes
// arrivals. Each number belongs to one message; results are read after both have stopped.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace kurir::bench {

class ledger {
public:
    using clock = std::chrono::steady_clock;

    struct percentiles {
        std::chrono::microseconds p50{0};
        std::chrono::microseconds p99{0};
        std::chrono::microseconds max{0};
    };

    struct totals {
        std::uint64_t acknowledged = 0;
        std::uint64_t arrived = 0;     // different messages, whole
        std::uint64_t missing = 0;     // acknowledged but never arrived
        std::uint64_t duplicates = 0;  // arrivals beyond the first
        std::uint64_t damaged = 0;     // arrivals that are not what was sent
        percentiles acknowledgement;   // final dot written -> 250 read
        percentiles delivery;          // final dot written -> final dot read by the sink
        std::chrono::duration<double> accepting{0};  // first message -> last acknowledgement
        std::chrono::duration<double> relaying{0};   // first message -> last arrival
    };

    // Room for messages numbered 0 to capacity - 1.
    explicit ledger(std::size_t capacity);

    std::size_t capacity() const { return entries_.size(); }

    // By the client's thread.
    void sent(std::uint64_t number);
    void acknowledged(std::uint64_t number);

    // By the sink's thread.
    void arrived(std::uint64_t number);
    void arrived_damaged() { ++damaged_; }

    // By any thread, while it runs.
    std::uint64_t acknowledged_count() const { return acknowledged_count_.load(); }
    std::uint64_t arrived_count() const { return arrived_count_.load(); }

    totals summed() const;

private:
    struct entry {
        std::atomic<std::int64_t> sent_at{0};  // ticks since `begin_`; the sink reads it
        std::uint32_t acknowledged_after = 0;  // microseconds + 1; 0: not yet
        std::uint32_t delivered_after = 0;
        std::uint32_t arrivals = 0;
    };

    std::int64_t now() const { return (clock::now() - begin_).count(); }
    static std::uint32_t microseconds_since(std::int64_t since, std::int64_t until);

    clock::time_point begin_ = clock::now();
    std::vector<entry> entries_;
    std::int64_t first_sent_at_ = -1;
    std::int64_t last_acknowledged_at_ = 0;
    std::int64_t last_arrived_at_ = 0;
    std::uint64_t damaged_ = 0;
    std::atomic<std::uint64_t> acknowledged_count_{0};
    std::atomic<std::uint64_t> arrived_count_{0};
};

}  // namespace kurir::bench
