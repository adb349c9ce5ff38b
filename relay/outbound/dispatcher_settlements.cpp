// The part of the dispatcher that settles without a connection: what is not tried, and failures
// that are reported together.
#include <algorithm>
#include <iterator>
#include <tuple>
#include <utility>

#include "relay/net/error.hpp"
#include "relay/outbound/dispatcher.hpp"
#include "relay/outbound/settle.hpp"

namespace kurir::outbound {

namespace asio = boost::asio;

void dispatcher::conclude(queue::backlog::slot item, queue::delivery delivery, verdict verdict) {
    conclusions_.push_back(
        {.item = item, .delivery = std::move(delivery), .verdict = std::move(verdict)}
    );
    work_to_conclude_.cancel_one();
}

asio::awaitable<void> dispatcher::conclude_without_attempt() {
    storage::home home(home_);
    while (!stopping_ || !conclusions_.empty()) {
        if (conclusions_.empty()) {
            std::ignore = co_await work_to_conclude_.async_wait(net::as_result);
            continue;
        }
        auto next = std::move(conclusions_.front());
        conclusions_.pop_front();
        queue::delivery kept = next.delivery;
        const auto result = co_await settle_untried(
            books_, home, config_.get(), std::move(next.delivery), next.verdict, gather_later()
        );
        if (result == settle_result::closed) put_back_at_once({std::move(kept)});
        scheduler_.concluded(next.item);
    }
}

failure_sink dispatcher::gather_later() {
    return [this](finished_attempt attempt, std::vector<recipient_fate> fates) {
        ended_attempt ended{std::move(attempt), std::move(fates)};
        count_gathered(ended, 1);
        gather({.ended = std::move(ended)});
    };
}

void dispatcher::gather(failed_attempt failure) {
    std::vector<report_collector::report> reports;
    if (auto report = reports_.add(std::move(failure), net::clock::now())) {
        reports.push_back(std::move(*report));
    }
    if (stopping_) std::ranges::move(reports_.all(), std::back_inserter(reports));
    settle_reports(std::move(reports));
    wake_if_sooner();
}

void dispatcher::settle_reports(std::vector<report_collector::report> reports) {
    for (auto& report : reports)
        tasks_.spawn(settle_report(std::move(report)));
}

asio::awaitable<void> dispatcher::settle_report(report_collector::report failures) {
    std::vector<ended_attempt> ended;
    ended.reserve(failures.size());
    for (auto& each : failures)
        ended.push_back(std::move(each.ended));
    // Not written only when the store was closed for good, and then it is still in the queue; or
    // when the claim was lost, and then another owner has it.
    std::ignore = co_await settle_together(books_, reports_home_, ended);
    for (const auto& each : ended)
        count_gathered(each, -1);
}

// The scheduler has let go of them, but until they are written the queue has them.
void dispatcher::count_gathered(const ended_attempt& ended, int sign) {
    const auto recipients = static_cast<double>(ended.fates.size());
    books_.queue_metrics.queue_messages(metrics::queue_state::settling).inc(sign);
    books_.queue_metrics.queue_recipients(metrics::queue_state::settling).inc(sign * recipients);
}

}  // namespace kurir::outbound
