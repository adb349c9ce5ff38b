// An attempt whose claim was lost: another owner of the queue has the delivery by now.
#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <string>

#include "relay/facts/log_observer.hpp"
#include "relay/facts/metrics_observer.hpp"
#include "relay/log/log.hpp"
#include "relay/outbound/settle.hpp"
#include "tests/outbound/settlement_settings.hpp"
#include "tests/queue/deliveries.hpp"
#include "tests/queue/memory_owner.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/run.hpp"

using namespace kurir;
using namespace kurir::outbound;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace {

constexpr std::chrono::milliseconds lease = 1min;

// Two owners of one queue, with a message to three domains of which the first owner has all.
struct two_owners {
    two_owners() {
        queue::submission made;
        made.mail.id = first.store().allocate();
        made.mail.reverse_path = "sender@client.example";
        made.mail.received_at = now;
        made.mail.chunks = 1;
        made.last_chunk = "Subject: x\r\n\r\nbody\r\n";
        made.mail.size = made.last_chunk.size();
        made.mail.header_size = 14;
        for (std::uint32_t i = 0; i < 3; ++i) {
            const auto domain = std::to_string(i) + ".example";
            made.mail.recipients.push_back({"user@" + domain});
            auto part = tests::delivery_due(made.mail.id.value(), now);
            part.entry = {};
            part.domain = domain;
            part.recipients = {i};
            made.deliveries.push_back(std::move(part));
        }
        REQUIRE(first.commit(std::move(made)));
        held = first.seen.deliveries(3);
    }

    // The lease ends, but for those that `first` renews; the other owner takes the rest.
    void pass_lease(std::vector<queue::claimed> renewed = {}) {
        now += lease / 2;
        REQUIRE(first.renew(std::move(renewed)).value().empty());
        now += lease / 2;
        second.claim(10);
    }

    bookkeeping of_first() { return {first.store(), counts.outbound, counts.queue, observers}; }

    ended_attempt ended(std::size_t index, int code) {
        const auto& attempted = held[index];
        const auto judged =
            judge(stage::eod, smtp::reply{.code = code, .status = {}, .lines = {"said"}});
        recipient_fate fate;
        fate.recipient = attempted.recipients.front();
        fate.verdict = judged;
        fate.attempts = 1;
        finished_attempt attempt{
            .attempted = attempted,
            .message = first.read(attempted.id).value(),
            .verdicts = {{attempted.recipients.front(), judged}},
            .record = {.ended = now},
            .config = live.get(),
        };
        return {std::move(attempt), {std::move(fate)}};
    }

    queue::time_point now = tests::noon;
    tests::memory_queue shared{[this] { return now; }, lease};
    tests::memory_owner first{shared};
    tests::memory_owner second{shared};
    std::vector<queue::delivery> held;
    config::live_config live{tests::settlement_settings()};
    metrics::all counts;
    facts::metrics_observer counting{counts.inbound, counts.outbound, counts.queue};
    facts::log_observer logging;
    facts::observers observers{&counting, &logging};
};

std::size_t lines_of(const log::capture& captured, const std::string& event) {
    const auto lines = captured.lines();
    return static_cast<std::size_t>(std::ranges::count_if(lines, [&](const std::string& line) {
        return line.find(R"("event":")" + event + '"') != std::string::npos;
    }));
}

void no_failures(finished_attempt, std::vector<recipient_fate>) {
    FAIL("nothing is to be gathered");
}

}  // namespace

TEST_CASE("what is delivered by a claim that was lost is not logged as delivered", "[outbound]") {
    two_owners queue;
    const bool lost = GENERATE(true, false);
    if (lost) queue.pass_lease();
    const log::capture captured;

    tests::run([&]() -> asio::awaitable<void> {
        storage::home home(co_await asio::this_coro::executor);
        const auto books = queue.of_first();
        auto attempt = queue.ended(0, 250).attempt;
        const auto result = co_await settle(books, home, std::move(attempt), no_failures);
        CHECK(result == (lost ? settle_result::lost : settle_result::done));
    });

    CHECK(lines_of(captured, "claim_lost") == (lost ? 1 : 0));
    CHECK(lines_of(captured, "delivered") == (lost ? 0 : 1));
    CHECK(queue.counts.queue.queue_claims_lost_total.value() == (lost ? 1 : 0));
    CHECK(queue.first.store().totals().recipients == (lost ? 3 : 2));
}

TEST_CASE("of failures settled together, those whose claims hold are bounced", "[outbound]") {
    two_owners queue;
    const auto& kept = queue.held[1];
    queue.pass_lease({{.id = kept.id, .entry = kept.entry, .fence = kept.fence}});
    const log::capture captured;

    tests::run([&]() -> asio::awaitable<void> {
        storage::home home(co_await asio::this_coro::executor);
        const auto books = queue.of_first();
        std::vector<ended_attempt> all;
        for (std::size_t i = 0; i < 3; ++i)
            all.push_back(queue.ended(i, 550));
        const auto result = co_await settle_together(books, home, std::move(all));
        CHECK(result == settle_result::lost);
    });

    CHECK(lines_of(captured, "claim_lost") == 2);
    CHECK(lines_of(captured, "bounced") == 1);
    CHECK(queue.counts.queue.queue_claims_lost_total.value() == 2);
    // Two recipients of the message, and the sender of the bounce.
    CHECK(queue.first.store().totals().recipients == 3);
    CHECK(queue.second.seen.deliveries(0).size() == 2);
}
