#include "relay/quota/usual_rate.hpp"

#include <algorithm>
#include <limits>

namespace kurir::quota {

namespace {

std::size_t place_of(std::int64_t number) noexcept {
    const auto kept = static_cast<std::int64_t>(usual_rate::hours_kept);
    return static_cast<std::size_t>((number % kept + kept) % kept);
}

}  // namespace

std::int64_t usual_rate::hour_at(time_point now) noexcept {
    return slot_at(now, std::chrono::hours(1));
}

// The hour of this number, empty if another one had its place.
usual_rate::hour& usual_rate::at(std::int64_t number) {
    auto& found = hours_.at(place_of(number));
    if (found.number != number) found = {number, 0};
    return found;
}

// The most in an hour that is at least `age` hours ago.
std::uint64_t usual_rate::busiest(std::int64_t current, std::int64_t age) const {
    std::uint64_t most = 0;
    for (const auto& each : hours_) {
        const auto passed = current - each.number;
        const bool counts = passed >= age && passed < static_cast<std::int64_t>(hours_kept);
        if (counts) most = std::max<std::uint64_t>(most, each.messages);
    }
    return most;
}

void usual_rate::add(time_point now, std::uint32_t messages) {
    const auto number = hour_at(now);
    if (!first_ || busiest(number, 0) == 0) first_ = number;
    auto& count = at(number).messages;
    const auto room = std::numeric_limits<std::uint32_t>::max() - count;
    count += std::min(messages, room);
}

// Hours of several nodes come in any order.
void usual_rate::learn(hour more) {
    const auto& kept = hours_.at(place_of(more.number));
    if (kept.messages > 0 && kept.number > more.number) return;  // it is a week too old
    const bool is_last = std::ranges::none_of(hours_, [&](const hour& each) {
        return each.number > more.number && each.messages > 0;
    });
    const bool begins = !first_ || (is_last && busiest(more.number, 0) == 0);
    first_ = begins ? more.number : std::min(*first_, more.number);
    auto& count = at(more.number).messages;
    const auto room = std::numeric_limits<std::uint32_t>::max() - count;
    count += std::min(more.messages, room);
}

std::uint32_t usual_rate::messages_in(std::int64_t hour) const {
    const auto& kept = hours_.at(place_of(hour));
    return kept.number == hour ? kept.messages : 0;
}

void usual_rate::remove(time_point then, std::uint32_t messages) {
    auto& count = at(hour_at(then)).messages;
    count -= std::min(count, messages);
}

std::optional<std::uint64_t> usual_rate::find(time_point now) const {
    const auto current = hour_at(now);
    if (!first_ || current - *first_ < hours_to_learn) return std::nullopt;
    const auto most = busiest(current, 2);
    if (most == 0) return std::nullopt;
    return most;
}

bool usual_rate::is_recent(time_point now) const {
    return first_ && busiest(hour_at(now), 0) > 0;
}

void usual_rate::cap(time_point now, std::uint64_t most) {
    for (const auto number : {hour_at(now), hour_at(now) - 1}) {
        auto& count = at(number).messages;
        count = static_cast<std::uint32_t>(std::min<std::uint64_t>(count, most));
    }
}

void usual_rate::restore(hour kept) {
    at(kept.number) = kept;
}

}  // namespace kurir::quota
