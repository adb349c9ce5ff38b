#include "relay/outbound/queue_gauges.hpp"

#include <array>
#include <chrono>
#include <optional>
#include <utility>

namespace kurir::outbound {

using metrics::queue_age;
using metrics::queue_state;
using namespace std::chrono_literals;

namespace {

double timestamp(
    const std::optional<queue::time_point>& at, std::chrono::milliseconds calendar_ahead
) {
    if (!at) return 0;
    return std::chrono::duration<double>((*at + calendar_ahead).time_since_epoch()).count();
}

queue_age age_class(std::chrono::milliseconds age) {
    constexpr std::array<std::chrono::milliseconds, 6> limits{1min, 5min, 1h, 6h, 24h, 72h};
    std::size_t at = 0;
    while (at < limits.size() && age >= limits[at])
        ++at;
    return static_cast<queue_age>(at);
}

}  // namespace

void publish_states(
    metrics::queue& to, const queue::backlog& of, std::chrono::milliseconds calendar_ahead
) {
    using state = queue::backlog::state;
    constexpr std::array<std::pair<state, queue_state>, 4> states{{
        {state::incoming, queue_state::incoming},
        {state::ready, queue_state::ready},
        {state::active, queue_state::active},
        {state::deferred, queue_state::deferred},
    }};
    for (const auto& [which, label] : states) {
        const auto sum = of.sum(which);
        to.queue_messages(label).set(static_cast<double>(sum.deliveries));
        to.queue_recipients(label).set(static_cast<double>(sum.recipients));
        to.queue_oldest_message_timestamp_seconds(label).set(timestamp(sum.oldest, calendar_ahead));
    }
}

void publish_ages(metrics::queue& to, const queue::backlog& of, queue::time_point now) {
    std::array<std::size_t, metrics::label<queue_age>::values.size()> counts{};
    of.each([&](queue::backlog::slot which) {
        ++counts[static_cast<std::size_t>(age_class(now - of.received_at(which)))];
    });
    for (std::size_t i = 0; i < counts.size(); ++i) {
        to.queue_messages_by_age(static_cast<queue_age>(i)).set(static_cast<double>(counts[i]));
    }
}

}  // namespace kurir::outbound
