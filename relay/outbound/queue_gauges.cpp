#include "relay/outbound/queue_gauges.hpp"

#include <array>
#include <chrono>
#include <optional>
#include <utility>

#include "queue/age_classes.hpp"

namespace kurir::outbound {

using metrics::queue_state;

namespace {

double timestamp(
    const std::optional<queue::time_point>& at, std::chrono::milliseconds calendar_ahead
) {
    if (!at) return 0;
    return std::chrono::duration<double>((*at + calendar_ahead).time_since_epoch()).count();
}

}  // namespace

void publish_states(
    metrics::queue& metrics, const queue::backlog& backlog, std::chrono::milliseconds calendar_ahead
) {
    using state = queue::backlog::state;
    constexpr std::array<std::pair<state, queue_state>, queue::backlog::states> states{{
        {state::incoming, queue_state::incoming},
        {state::ready, queue_state::ready},
        {state::active, queue_state::active},
        {state::deferred, queue_state::deferred},
        {state::held, queue_state::held},
    }};
    for (const auto& [state, label] : states) {
        const auto sum = backlog.sum(state);
        metrics.queue_messages(label).set(static_cast<double>(sum.deliveries));
        metrics.queue_recipients(label).set(static_cast<double>(sum.recipients));
        metrics.queue_oldest_message_timestamp_seconds(label).set(
            timestamp(sum.oldest, calendar_ahead)
        );
    }
}

void publish_ages(metrics::queue& metrics, const queue::backlog& backlog, queue::time_point now) {
    static_assert(metrics::label<metrics::queue_age>::values.size() == queue::age_classes);
    std::array<std::size_t, queue::age_classes> counts{};
    backlog.each([&](queue::backlog::slot item) {
        ++counts.at(queue::age_class(now - backlog.received_at(item)));
    });
    for (std::size_t i = 0; i < counts.size(); ++i) {
        metrics.queue_messages_by_age(static_cast<metrics::queue_age>(i))
            .set(static_cast<double>(counts[i]));
    }
}

}  // namespace kurir::outbound
