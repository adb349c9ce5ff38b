#include "relay/outbound/settle.hpp"

#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

#include "queue/failpoint.hpp"
#include "relay/log/log.hpp"
#include "relay/net/clock.hpp"
#include "relay/outbound/draw.hpp"
#include "relay/outbound/labels.hpp"

namespace kurir::outbound {

namespace asio = boost::asio;

namespace {

double seconds(std::chrono::duration<double> time) {
    return time.count();
}

const char* event_of(const recipient_fate& fate, const aftermath& after) {
    switch (fate.what.outcome) {
        case outcome::delivered:
            return "delivered";
        case outcome::deferred:
            return "deferred";
        case outcome::failed:
            break;
    }
    return after.bounced ? "bounced" : "undeliverable";
}

// One attempt whose end is being written.
struct ending {
    const queue::envelope& mail;
    const queue::delivery& attempted;
    const attempt_record& record;
    const std::vector<recipient_fate>& fates;  // of this attempt
    const aftermath& after;                    // of all that are settled together
};

void log_fate(const ending& of, const recipient_fate& fate) {
    const auto now = net::wall_now();
    log::event line(log::level::notice, event_of(fate, of.after));
    line.with("queue_id", of.mail.id.text())
        .with("from", of.mail.reverse_path)
        .with("to", of.mail.recipients[fate.recipient].address)
        .with("domain", of.attempted.domain)
        .with("attempt", fate.attempts)
        .with("mx_host", of.record.host)
        .with("mx_ip", of.record.address)
        .with("port", of.record.port)
        .with("stage", metrics::text(label_of(fate.what.stage)))
        .with("cause", metrics::text(label_of(fate.what.cause)))
        .with("enhanced", fate.what.status.text())
        .with("response", fate.what.diagnostic)
        .with("delay_s", seconds(now - of.mail.received_at))
        .with("size", of.mail.size);
    if (fate.expired) line.with("expired", true);
    if (fate.what.ambiguous) line.with("ambiguous", true);
    if (fate.next_attempt) line.with("retry_in_s", seconds(*fate.next_attempt - now));
    if (fate.what.outcome == outcome::failed && of.after.bounced) {
        line.with("bounce_id", of.after.settlement.bounce->mail.id.text());
        if (!of.after.shortened.empty()) line.with("shortened", of.after.shortened);
    }
}

// `later`: recipients that failed and are settled later.
void log_attempt(const ending& of, std::size_t later) {
    std::size_t delivered = 0;
    std::size_t deferred = 0;
    std::size_t untried = 0;
    for (const auto& fate : of.fates) {
        if (fate.untried) {
            ++untried;
            continue;
        }
        if (fate.what.outcome == outcome::delivered) ++delivered;
        if (fate.what.outcome == outcome::deferred) ++deferred;
    }
    log::event(log::level::info, "attempt")
        .with("queue_id", of.mail.id.text())
        .with("domain", of.attempted.domain)
        .with("attempt", of.attempted.attempts + 1)
        .with("mx_host", of.record.host)
        .with("mx_ip", of.record.address)
        .with("reused", of.record.reused)
        .with("recipients", of.fates.size() + later)
        .with("delivered", delivered)
        .with("deferred", deferred)
        .with("failed", of.fates.size() + later - delivered - deferred - untried)
        .with("duration_s", seconds(net::clock::now() - of.record.started));
}

void count_failed(const bookkeeping& books, const ending& of, const recipient_fate& fate) {
    auto& finished = books.queue_metrics.queue_finished_total;
    books.metrics.bounces_total(label_of(fate.what.reason)).inc();
    if (of.after.undeliverable) {
        finished(metrics::finish_outcome::discarded).inc();
    } else if (fate.expired) {
        finished(metrics::finish_outcome::expired).inc();
    } else {
        finished(metrics::finish_outcome::bounced).inc();
    }
}

void count_fate(const bookkeeping& books, const ending& of, const recipient_fate& fate) {
    const auto& what = fate.what;
    auto& counts = books.metrics;
    counts.delivery_attempts_total(label_of(what.outcome), label_of(what.cause)).inc();
    if (what.ambiguous) counts.delivery_ambiguous_total.inc();
    if (what.outcome != outcome::delivered) {
        const auto code = metrics::enhanced_code_of(what.status.klass, what.status.subject);
        counts.delivery_failures_total(label_of(what.stage), code).inc();
    }
    if (fate.next_attempt) return;

    counts.delivery_attempts_per_recipient.observe(fate.attempts);
    if (what.outcome == outcome::failed) {
        count_failed(books, of, fate);
        return;
    }
    books.queue_metrics.queue_finished_total(metrics::finish_outcome::delivered).inc();
    counts.delivery_latency_seconds.observe(seconds(net::wall_now() - of.mail.received_at));
}

void count_bounce(const bookkeeping& books, const queue::submission& bounce) {
    constexpr auto source = metrics::message_source::dsn;
    const auto priority = label_of(bounce.deliveries.front().priority);
    books.metrics.dsn_generated_total(metrics::dsn_type::failure).inc();
    books.received.messages_received_total(source, priority).inc();
    books.received.recipients_received_total(source).inc(
        static_cast<double>(bounce.mail.recipients.size())
    );
    books.received.received_bytes_total(source).inc(static_cast<double>(bounce.mail.size));
}

void tell(const bookkeeping& books, const ending& of, std::size_t later = 0) {
    if (!of.record.told) {
        log_attempt(of, later);
        const auto duration = net::clock::now() - of.record.started;
        books.metrics.delivery_attempt_duration_seconds.observe(seconds(duration));
    }
    for (const auto& fate : of.fates) {
        if (fate.untried) continue;
        count_fate(books, of, fate);
        log_fate(of, fate);
    }
}

// The report, or that there can be none.
void tell_report(const bookkeeping& books, const queue::envelope& mail, const aftermath& after) {
    if (after.settlement.bounce) count_bounce(books, *after.settlement.bounce);
    if (!after.undeliverable) return;

    // A message whose bounce can't be delivered ends here and in the queue's event record.
    books.metrics.dsn_undeliverable_total.inc();
    log::event(log::level::warning, "dsn_undeliverable")
        .with("queue_id", mail.id.text())
        .with("detail", *after.settlement.event);
}

// Another owner tries the delivery as well, or has done so: what we know of it is not written, and
// must not be logged as though it were.
void tell_lost(const bookkeeping& books, const queue::envelope& mail, const ending& lost) {
    books.queue_metrics.queue_claims_lost_total.inc();
    const auto delivered = std::ranges::count_if(lost.fates, [](const recipient_fate& fate) {
        return !fate.untried && fate.what.outcome == outcome::delivered;
    });
    log::event(log::level::warning, "claim_lost")
        .with("queue_id", mail.id.text())
        .with("domain", lost.attempted.domain)
        .with("attempt", lost.attempted.attempts + 1)
        .with("mx_host", lost.record.host)
        .with("mx_ip", lost.record.address)
        .with("recipients", lost.fates.size())
        .with("delivered", delivered)
        .with(
            "advice", "another process has the delivery; what was delivered here may arrive twice"
        );
}

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
        const auto& after = *parts.at_once;
        // The store takes a copy; log and metrics need the settlement too.
        const auto how = co_await write(books, home, after.settlement);
        const ending end{mail, finished.attempted, finished.record, after.fates, after};
        if (how == settle_result::lost) tell_lost(books, mail, end);
        if (how != settle_result::done) co_return how;
        queue::failpoint("settlement_done");
        tell(books, end, parts.later ? parts.later->fates.size() : 0);
        tell_report(books, mail, after);
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
        const auto how = co_await settle_together(books, home, std::move(alone));
        if (how != settle_result::done) all = how;
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
    const auto after = conclude(*ended.front().attempt.config, std::move(all));
    const auto how = co_await write(books, home, after.settlement);
    if (how == settle_result::lost && ended.size() > 1) {
        co_return co_await settle_each(books, home, std::move(ended));
    }
    if (how == settle_result::closed) co_return how;
    if (how == settle_result::done) queue::failpoint("settlement_done");
    for (const auto& each : ended) {
        const auto& attempt = each.attempt;
        const ending end{message.mail, attempt.attempted, attempt.record, each.fates, after};
        how == settle_result::lost ? tell_lost(books, message.mail, end) : tell(books, end);
    }
    if (how == settle_result::done) tell_report(books, message.mail, after);
    co_return how;
}

bool is_gone(const boost::system::error_code& why) {
    return why == queue::errc::not_found || why == queue::errc::corrupt;
}

asio::awaitable<void> forget(queue::store& store, storage::home& home, queue::delivery gone) {
    queue::settlement end;
    end.finished = gone.recipients;
    end.attempted = std::move(gone);
    // Not written only when the store was closed for good, and then it comes back at the next
    // start; or when another owner has it, who finds the same.
    std::ignore = co_await storage::completed<void>([&](queue::completion<void> done) {
        store.settle(std::move(end), home, std::move(done));
    });
}

asio::awaitable<settle_result> settle_untried(
    const bookkeeping& books,
    storage::home& home,
    config::snapshot config,
    queue::delivery untried,
    verdict what,
    failure_sink failures
) {
    auto message = co_await fetch(books.store, home, untried.id);
    if (!message) {
        const bool gone = is_gone(message.error());
        if (gone) co_await forget(books.store, home, std::move(untried));
        const bool left_alone = gone || message.error() == queue::errc::newer;
        co_return left_alone ? settle_result::done : settle_result::closed;
    }
    std::vector<recipient_verdict> verdicts;
    verdicts.reserve(untried.recipients.size());
    for (const auto recipient : untried.recipients)
        verdicts.push_back({recipient, what});
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
