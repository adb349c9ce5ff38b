#include "relay/outbound/settle.hpp"

#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

#include "queue/failpoint.hpp"
#include "relay/net/clock.hpp"
#include "relay/outbound/attempt_account.hpp"
#include "relay/outbound/bounce_signing.hpp"
#include "relay/outbound/draw.hpp"

namespace kurir::outbound {

namespace asio = boost::asio;

namespace {

asio::awaitable<settle_result> write(
    const bookkeeping& books, storage::home& home, queue::settlement settlement
) {
    const auto written = co_await storage::completed<void>([&](queue::completion<void> done) {
        books.store.settle(std::move(settlement), home, std::move(done));
    });
    if (written) co_return settle_result::done;
    const bool lost = written.error() == queue::errc::lost;
    co_return lost ? settle_result::lost : settle_result::closed;
}

}  // namespace

asio::awaitable<queue::result<std::shared_ptr<const queue::stored_message>>> fetch(
    queue::store& store, storage::home& home, queue::message_id id
) {
    if (auto recent = store.read_recent(id)) co_return recent;
    using stored = std::shared_ptr<const queue::stored_message>;
    co_return co_await storage::completed<stored>([&](queue::completion<stored> done) {
        store.read(id, home, std::move(done));
    });
}

asio::awaitable<settle_result> settle(
    const bookkeeping& books, storage::home& home, finished_attempt finished, failure_sink failures
) {
    auto parts = divide(
        *finished.config,
        {
            .message = *finished.message,
            .attempted = finished.attempted,
            .verdicts = finished.verdicts,
            .now = finished.record.ended,
            .calendar_ahead = net::calendar_ahead(),
            .draw = finished.record.draw,
            .bounce_id = books.store.allocate(),
        }
    );
    if (parts.at_once) {
        const auto& mail = finished.message->mail;
        auto& after = *parts.at_once;
        co_await sign_bounce(books, after.settlement.bounce);
        // The store takes a copy; the facts need the settlement too.
        const auto result = co_await write(books, home, after.settlement);
        const ending end{mail, finished.attempted, finished.record, after.fates, after};
        if (result == settle_result::lost) tell_lost(books.observers, end);
        if (result != settle_result::done) co_return result;
        queue::failpoint("settlement_done");
        tell(books.observers, end, parts.later ? parts.later->fates.size() : 0);
        tell_report(books.observers, mail, after);
        finished.record.told = true;
    }
    if (parts.later) {
        finished.attempted = std::move(parts.later->attempted);
        failures(std::move(finished), std::move(parts.later->fates));
    }
    co_return settle_result::done;
}

namespace {

asio::awaitable<settle_result> settle_each(
    const bookkeeping& books, storage::home& home, std::vector<ended_attempt> ended
) {
    auto all = settle_result::done;
    for (auto& each : ended) {
        std::vector<ended_attempt> alone;
        alone.push_back(std::move(each));
        const auto result = co_await settle_together(books, home, std::move(alone));
        if (result != settle_result::done) all = result;
    }
    co_return all;
}

}  // namespace

asio::awaitable<settle_result> settle_together(
    const bookkeeping& books, storage::home& home, std::vector<ended_attempt> ended
) {
    const auto& message = *ended.front().attempt.message;
    ended_attempts all{
        .message = message,
        .attempted = {},
        .fates = {},
        .now = net::wall_now(),
        .calendar_ahead = net::calendar_ahead(),
        .bounce_id = books.store.allocate(),
    };
    for (const auto& each : ended) {
        all.attempted.push_back(each.attempt.attempted);
        all.fates.insert(all.fates.end(), each.fates.begin(), each.fates.end());
    }
    auto after = conclude(*ended.front().attempt.config, std::move(all));
    co_await sign_bounce(books, after.settlement.bounce);
    const auto result = co_await write(books, home, after.settlement);
    if (result == settle_result::lost && ended.size() > 1) {
        co_return co_await settle_each(books, home, std::move(ended));
    }
    if (result == settle_result::closed) co_return result;
    if (result == settle_result::done) queue::failpoint("settlement_done");
    for (const auto& each : ended) {
        const auto& attempt = each.attempt;
        const ending end{message.mail, attempt.attempted, attempt.record, each.fates, after};
        result == settle_result::lost ? tell_lost(books.observers, end)
                                      : tell(books.observers, end);
    }
    if (result == settle_result::done) tell_report(books.observers, message.mail, after);
    co_return result;
}

bool is_gone(const boost::system::error_code& error) {
    return error == queue::errc::not_found || error == queue::errc::corrupt;
}

asio::awaitable<void> forget(
    const bookkeeping& books,
    storage::home& home,
    queue::delivery gone,
    boost::system::error_code why
) {
    if (books.claims != nullptr && why == queue::errc::not_found) co_return;
    queue::settlement end;
    end.finished = gone.recipients;
    end.attempted = std::move(gone);
    // Not written only when the store was closed for good, and then it comes back at the next
    // start; or when another owner has it, who finds the same.
    std::ignore = co_await storage::completed<void>([&](queue::completion<void> done) {
        books.store.settle(std::move(end), home, std::move(done));
    });
}

asio::awaitable<settle_result> settle_untried(
    const bookkeeping& books,
    storage::home& home,
    config::snapshot config,
    queue::delivery untried,
    verdict verdict,
    failure_sink failures
) {
    std::vector<recipient_verdict> verdicts;
    verdicts.reserve(untried.recipients.size());
    for (const auto recipient : untried.recipients)
        verdicts.push_back({recipient, verdict});
    co_return co_await settle_untried(
        books, home, std::move(config), std::move(untried), std::move(verdicts), std::move(failures)
    );
}

asio::awaitable<settle_result> settle_untried(
    const bookkeeping& books,
    storage::home& home,
    config::snapshot config,
    queue::delivery untried,
    std::vector<recipient_verdict> verdicts,
    failure_sink failures
) {
    auto message = co_await fetch(books.store, home, untried.id);
    if (!message) {
        const bool gone = is_gone(message.error());
        if (gone) co_await forget(books, home, std::move(untried), message.error());
        const bool suspend = gone || message.error() == queue::errc::newer;
        co_return suspend ? settle_result::done : settle_result::closed;
    }
    finished_attempt finished{
        .attempted = std::move(untried),
        .message = std::move(*message),
        .verdicts = std::move(verdicts),
        .record = {.started = net::clock::now(), .ended = net::wall_now(), .draw = draw()},
        .config = std::move(config),
    };
    co_return co_await settle(books, home, std::move(finished), std::move(failures));
}

}  // namespace kurir::outbound
