#include "relay/outbound/queue_gauges.hpp"

#include <array>
#include <chrono>
#include <optional>

namespace kurir::outbound {

using metrics::queue_age;
using metrics::queue_state;
using namespace std::chrono_literals;

namespace {

double timestamp(const std::optional<queue::time_point>& at) {
    if (!at) return 0;
    return std::chrono::duration<double>(at->time_since_epoch()).count();
}

queue_age age_class(std::chrono::milliseconds age) {
    constexpr std::array<std::chrono::milliseconds, 6> limits{1min, 5min, 1h, 6h, 24h, 72h};
    std::size_t at = 0;
    while (at < limits.size() && age >= limits[at])
        ++at;
    return static_cast<queue_age>(at);
}

}  // namespace

void publish_states(metrics::queue& to, const queue::schedule& waiting, const hand& in_hand) {
    const auto set = [&to](queue_state state, std::size_t deliveries, std::size_t recipients) {
        to.queue_messages(state).set(static_cast<double>(deliveries));
        to.queue_recipients(state).set(static_cast<double>(recipients));
    };
    const auto& untried = waiting.untried();
    const auto& deferred = waiting.deferred();
    const auto& ready = in_hand.ready();
    const auto& active = in_hand.active();
    set(queue_state::incoming, untried.deliveries, untried.recipients);
    set(queue_state::ready, ready.deliveries, ready.recipients);
    set(queue_state::active, active.deliveries, active.recipients);
    set(queue_state::deferred, deferred.deliveries, deferred.recipients);

    auto& oldest = to.queue_oldest_message_timestamp_seconds;
    const auto in_hand_oldest = timestamp(in_hand.oldest());
    oldest(queue_state::incoming).set(timestamp(untried.oldest));
    oldest(queue_state::ready).set(ready.deliveries > 0 ? in_hand_oldest : 0);
    oldest(queue_state::active).set(active.deliveries > 0 ? in_hand_oldest : 0);
    oldest(queue_state::deferred).set(timestamp(deferred.oldest));
}

void publish_ages(
    metrics::queue& to, const queue::schedule& waiting, const hand& in_hand, queue::time_point now
) {
    std::array<std::size_t, metrics::label<queue_age>::values.size()> counts{};
    const auto count = [&](queue::time_point received_at) {
        ++counts[static_cast<std::size_t>(age_class(now - received_at))];
    };
    waiting.each_received(count);
    for (const auto received_at : in_hand.received())
        count(received_at);
    for (std::size_t i = 0; i < counts.size(); ++i) {
        to.queue_messages_by_age(static_cast<queue_age>(i)).set(static_cast<double>(counts[i]));
    }
}

}  // namespace kurir::outbound
