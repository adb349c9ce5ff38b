#include "relay/control/event_feed.hpp"

#include <algorithm>

#include "relay/control/words.hpp"
#include "relay/net/clock.hpp"

namespace kurir::control {

namespace {

constexpr std::array<std::string_view, 12> watched_events{
    "received",
    "rejected",
    "waiting",
    "delivered",
    "deferred",
    "bounced",
    "undeliverable",
    "discarded",
    "removed",
    "admin",
    "destination_suspended",
    "destination_resumed",
};

constexpr std::array<std::string_view, 3> failure_events{"deferred", "bounced", "undeliverable"};

}  // namespace

event_feed::event_feed() {
    log::add_listener(*this);
}

event_feed::~event_feed() {
    log::remove_listener(*this);
}

void event_feed::hear(std::string_view name, std::string_view line) {
    if (!index_in(watched_events, name)) return;
    const auto counted = index_in(counted_events, name);
    const bool is_failure = index_in(failure_events, name).has_value();
    const std::lock_guard lock(mutex_);
    if (counted) rates_.count(*counted, net::clock::now());
    if (line.size() > line_max) return;
    auto& place = ring_.at(next_++ % kept);
    place.name = name;
    place.line = line;
    if (!is_failure) return;
    failures_.emplace_front(line);
    if (failures_.size() > failures_kept) failures_.pop_back();
}

event_feed::news event_feed::since(std::uint64_t first) const {
    news made;
    const std::lock_guard lock(mutex_);
    const auto oldest = next_ > kept ? next_ - kept : 0;
    const auto begin = std::clamp(first, oldest, next_);
    made.lost = begin > first ? begin - first : 0;
    made.next = std::min<std::uint64_t>(begin + batch, next_);
    for (auto number = begin; number < made.next; ++number)
        made.events.push_back(ring_.at(number % kept));
    return made;
}

std::uint64_t event_feed::now() const {
    const std::lock_guard lock(mutex_);
    return next_;
}

std::vector<std::string> event_feed::failures() const {
    const std::lock_guard lock(mutex_);
    return {failures_.begin(), failures_.end()};
}

std::vector<rate_rings::counts> event_feed::seconds() {
    const std::lock_guard lock(mutex_);
    return rates_.seconds(net::clock::now());
}

std::vector<rate_rings::counts> event_feed::minutes() {
    const std::lock_guard lock(mutex_);
    return rates_.minutes(net::clock::now());
}

}  // namespace kurir::control
