// The part of a connection slot that settles attempts while the next one is under way.
#include <algorithm>
#include <iterator>
#include <tuple>
#include <utility>

#include "queue/failpoint.hpp"
#include "relay/outbound/connection_slot.hpp"
#include "relay/outbound/draw.hpp"

namespace kurir::outbound {

namespace asio = boost::asio;

namespace {

// `recipients` ascends.
std::vector<recipient_verdict> of_recipients(
    const std::vector<std::uint32_t>& recipients, const std::vector<recipient_verdict>& all
) {
    std::vector<recipient_verdict> theirs;
    std::ranges::copy_if(all, std::back_inserter(theirs), [&](const recipient_verdict& each) {
        return std::ranges::binary_search(recipients, each.recipient);
    });
    return theirs;
}

}  // namespace

void connection_slot::settle_in_background(attempt done) {
    queue::failpoint("attempt_ended");
    // By the same time and the same draw, so that they come back together.
    done.record.ended = net::wall_now();
    done.record.lasted = net::clock::now() - done.record.started;
    done.record.draw = draw();
    for (auto& part : done.deliveries) {
        auto verdicts = of_recipients(part.recipients, done.verdicts);
        ++outstanding_;
        count_settling(1, static_cast<double>(part.recipients.size()));
        finished_attempt finished{
            .attempted = std::move(part),
            .message = done.message,
            .verdicts = std::move(verdicts),
            .record = done.record,
            .config = done.config,
        };
        settling_.spawn(write(std::move(finished), stake_));
    }
}

// The scheduler has let go of them, but until they are written and counted the queue has them.
void connection_slot::count_settling(double messages, double recipients) {
    setup_.books.queue_metrics.queue_messages(metrics::queue_state::settling).inc(messages);
    setup_.books.queue_metrics.queue_recipients(metrics::queue_state::settling).inc(recipients);
}

asio::awaitable<void> connection_slot::write(finished_attempt finished, stake stake) {
    // Not written only when the store was closed for good, and then it is still in the queue; or
    // when the claim was lost, and then another owner has it.
    const auto recipients = static_cast<double>(finished.attempted.recipients.size());
    std::ignore = co_await settle(
        setup_.books,
        home_,
        std::move(finished),
        [&jobs = jobs_, stake](auto attempt, auto fates) {
            jobs.report_failure({.ended = {std::move(attempt), std::move(fates)}, .stake = stake});
        }
    );
    count_settling(-1, -recipients);
    stake.reset();
    --outstanding_;
    settled_.cancel();
}

asio::awaitable<void> connection_slot::settled_but(std::size_t outstanding) {
    while (outstanding_ > outstanding) {
        std::ignore = co_await settled_.async_wait(net::as_result);
    }
}

}  // namespace kurir::outbound
