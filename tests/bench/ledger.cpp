#include "tests/bench/ledger.hpp"

#include <algorithm>

namespace kurir::bench {
namespace {

// The exact ones: a run's latencies fit in memory.
ledger::percentiles percentiles_of(std::vector<std::uint32_t> values) {
    if (values.empty()) return {};
    std::sort(values.begin(), values.end());
    const auto at = [&](std::size_t percent) {
        return std::chrono::microseconds(values[(values.size() - 1) * percent / 100]);
    };
    return {.p50 = at(50), .p99 = at(99), .max = at(100)};
}

}  // namespace

ledger::ledger(std::size_t capacity) : entries_(capacity) {}

std::uint32_t ledger::microseconds_since(std::int64_t since, std::int64_t until) {
    const auto passed = clock::duration(until - since);
    return static_cast<std::uint32_t>(
        std::chrono::duration_cast<std::chrono::microseconds>(passed).count() + 1
    );
}

void ledger::sent(std::uint64_t number) {
    const auto at = now();
    if (first_sent_at_ < 0) first_sent_at_ = at;
    entries_[number].sent_at.store(at, std::memory_order_relaxed);
}

void ledger::acknowledged(std::uint64_t number) {
    auto& entry = entries_[number];
    last_acknowledged_at_ = now();
    entry.acknowledged_after =
        microseconds_since(entry.sent_at.load(std::memory_order_relaxed), last_acknowledged_at_);
    acknowledged_count_.fetch_add(1, std::memory_order_relaxed);
}

void ledger::arrived(std::uint64_t number) {
    if (number >= entries_.size()) return arrived_damaged();
    auto& entry = entries_[number];
    if (entry.arrivals++ > 0) return;
    last_arrived_at_ = now();
    entry.delivered_after =
        microseconds_since(entry.sent_at.load(std::memory_order_relaxed), last_arrived_at_);
    arrived_count_.fetch_add(1, std::memory_order_relaxed);
}

ledger::totals ledger::summed() const {
    totals sum;
    std::vector<std::uint32_t> acknowledgements;
    std::vector<std::uint32_t> deliveries;
    for (const auto& entry : entries_) {
        if (entry.acknowledged_after > 0) acknowledgements.push_back(entry.acknowledged_after);
        if (entry.delivered_after > 0) deliveries.push_back(entry.delivered_after);
        if (entry.acknowledged_after > 0 && entry.arrivals == 0) ++sum.missing;
        if (entry.arrivals > 1) sum.duplicates += entry.arrivals - 1;
    }
    sum.acknowledged = acknowledgements.size();
    sum.arrived = deliveries.size();
    sum.damaged = damaged_;
    sum.acknowledgement = percentiles_of(std::move(acknowledgements));
    sum.delivery = percentiles_of(std::move(deliveries));
    sum.accepting =
        clock::duration(last_acknowledged_at_ - std::max<std::int64_t>(first_sent_at_, 0));
    sum.relaying = clock::duration(last_arrived_at_ - std::max<std::int64_t>(first_sent_at_, 0));
    return sum;
}

}  // namespace kurir::bench
