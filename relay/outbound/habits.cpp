#include "relay/outbound/habits.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>

namespace kurir::outbound {

namespace {

constexpr auto memory_named = std::chrono::hours(1);
constexpr auto memory_seen = std::chrono::minutes(10);
constexpr unsigned guesses_enough = 3;
constexpr unsigned in_vain_enough = 3;

}  // namespace

void habits::limit::learn(std::size_t met, evidence kind, time_point now) {
    if (met == 0) return;
    guesses = guess == met ? guesses + 1 : 1;
    guess = met;
    const bool named = kind == evidence::named;
    if (!named && guesses < guesses_enough) return;
    // A limit that is kept is not met, so what is met is never above it.
    count = at(now) == 0 ? met : std::min(count, met);
    until = std::max(until, now + (named ? time_point::duration(memory_named) : memory_seen));
}

habits::known habits::of(const std::string& server, time_point now) const {
    const auto found = by_server_.find(server);
    if (found == by_server_.end()) return {};
    const auto& its = *found->second;
    return {
        .messages = its.messages.at(now),
        .recipients = its.recipients.at(now),
        .without = now < its.without_until ? its.without : extension_set(),
        .fresh_helps = its.in_vain < in_vain_enough || its.in_vain_until <= now,
    };
}

habits::entry& habits::learn(const std::string& server) {
    const auto found = by_server_.find(server);
    if (found != by_server_.end()) {
        by_age_.splice(by_age_.end(), by_age_, found->second);
        return *found->second;
    }
    if (by_server_.size() >= servers_max_) {
        by_server_.erase(by_age_.front().server);
        by_age_.pop_front();
    }
    by_age_.push_back({.server = server});
    by_server_[server] = std::prev(by_age_.end());
    return by_age_.back();
}

void habits::messages_were_enough(
    const std::string& server, std::size_t count, evidence kind, time_point now
) {
    auto& its = learn(server);
    its.messages.learn(count, kind, now);
    its.in_vain = 0;
}

void habits::fresh_was_in_vain(const std::string& server, time_point now) {
    auto& its = learn(server);
    ++its.in_vain;
    its.in_vain_until = now + memory_seen;
}

void habits::recipients_were_enough(
    const std::string& server, std::size_t count, evidence kind, time_point now
) {
    learn(server).recipients.learn(count, kind, now);
}

void habits::does_without(
    const std::string& server, const extension_set& extensions, time_point now
) {
    if (extensions.empty()) return;
    auto& its = learn(server);
    if (its.without_until <= now) its.without = {};
    its.without |= extensions;
    its.without_until = now + memory_named;
}

void habits::says_unasked(const std::string& server, time_point now) {
    learn(server).messages.learn(1, evidence::named, now);
}

}  // namespace kurir::outbound
