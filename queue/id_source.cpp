#include "queue/id_source.hpp"

#include <algorithm>
#include <cassert>

namespace kurir::queue {

namespace {

constexpr unsigned counter_bits = 20;
constexpr std::uint64_t time_max = std::uint64_t{1} << (64 - counter_bits - 1);  // in the year 2248

constexpr std::uint64_t stretch(std::chrono::milliseconds length) {
    return static_cast<std::uint64_t>(length.count()) << counter_bits;
}

constexpr std::uint64_t ahead = stretch(std::chrono::hours(1));
constexpr std::uint64_t raise_below = stretch(std::chrono::minutes(30));

// The clock never leads into the last part below the ceiling; only counting does. So a store that
// can't write for an hour still has a billion ids.
constexpr std::uint64_t counted_only = stretch(std::chrono::minutes(15));

std::uint64_t at(time_point now) {
    const auto ms = std::max<std::int64_t>(now.time_since_epoch().count(), 0);
    return std::min(static_cast<std::uint64_t>(ms), time_max) << counter_bits;
}

}  // namespace

id_source::id_source(message_id floor, message_id ceiling)
    : last_(floor.value()), ceiling_(ceiling.value()) {}

message_id id_source::first_ceiling(message_id floor, time_point now) {
    return message_id(std::max(floor.value(), at(now)) + ahead);
}

message_id id_source::next(time_point now) {
    const auto by_clock = at(now);
    const auto ceiling = ceiling_.load(std::memory_order_acquire);
    auto last = last_.load(std::memory_order_relaxed);
    std::uint64_t id = 0;
    do {
        const bool clock_leads = by_clock > last && by_clock < ceiling - counted_only;
        id = clock_leads ? by_clock : last + 1;
    } while (!last_.compare_exchange_weak(last, id, std::memory_order_relaxed));
    assert(id < ceiling);
    return message_id(id);
}

std::optional<message_id> id_source::wanted_ceiling(time_point now) const {
    const auto reached = std::max(last_.load(std::memory_order_relaxed), at(now));
    if (reached + raise_below < ceiling_.load(std::memory_order_relaxed)) return std::nullopt;
    return message_id(reached + ahead);
}

void id_source::raise(message_id ceiling) {
    ceiling_.store(ceiling.value(), std::memory_order_release);
}

}  // namespace kurir::queue
