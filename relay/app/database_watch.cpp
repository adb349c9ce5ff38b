#include "relay/app/database_watch.hpp"

#include <utility>

#include "relay/log/log.hpp"
#include "relay/net/clock.hpp"

namespace kurir::app {

namespace {

void tell_of_database(log::level level, const char* news, std::string_view cause) {
    log::event(level, "database").with("what", news).with("cause", cause);
}

}  // namespace

void database_watch::awaits(const std::string& cause, std::chrono::milliseconds most) {
    counts_.store_connected.set(0);
    log::event(log::level::warning, "database")
        .with("what", "awaited")
        .with("cause", cause)
        .with("wait_s", std::chrono::ceil<std::chrono::seconds>(most).count());
}

void database_watch::arrives() {
    counts_.store_connected.set(1);
    log::event(log::level::notice, "database").with("what", "connected");
}

void database_watch::add_counts(queue::postgres::observer& observer) {
    observer.on_enqueued = [this](std::uint64_t recipients) {
        queue_counts_.queue_enqueued_total.inc(static_cast<double>(recipients));
    };
    observer.on_sums = [this](const queue::shared_sums& sums) { publish(sums); };
}

void database_watch::add_damage(queue::postgres::observer& observer) {
    observer.on_quarantined = [this](std::string_view id, std::string_view reason) {
        queue_counts_.queue_quarantined_records_total.inc();
        log::event(log::level::error, "quarantined").with("key", id).with("reason", reason);
    };
    observer.on_unreadable = [](std::string_view id, std::string_view reason) {
        log::event(log::level::error, "database")
            .with("what", "unreadable")
            .with("id", id)
            .with("cause", reason);
    };
}

void database_watch::add_journal(queue::postgres::observer& observer) {
    observer.on_journal_failed = [this](std::string_view cause) {
        journal_trouble_.set(std::string(cause));
        tell_of_database(log::level::error, "journal_failed", cause);
    };
    observer.on_journal_works = [this] {
        journal_trouble_.set({});
        log::event(log::level::notice, "database").with("what", "journal_works");
    };
    observer.on_journal_damaged = [](std::string_view copy, std::uint64_t bytes) {
        log::event(log::level::error, "database")
            .with("what", "journal_damaged")
            .with("bytes", bytes)
            .with("kept_as", copy);
    };
    observer.on_replayed = [this](const queue::settlement& end, bool late) {
        tell_of_replay(end, late);
    };
}

void database_watch::set_unreachable(std::string_view cause) {
    trouble_.set("can't be reached: " + std::string(cause));
}

void database_watch::publish(const queue::shared_sums& sums) const {
    const auto now = std::chrono::time_point_cast<std::chrono::milliseconds>(net::calendar_now());
    const auto since = [now](std::chrono::milliseconds age) {
        return age.count() == 0
                   ? 0.0
                   : std::chrono::duration<double>((now - age).time_since_epoch()).count();
    };
    shared_counts_.shared_queue_messages.set(static_cast<double>(sums.totals.messages));
    shared_counts_.shared_queue_recipients.set(static_cast<double>(sums.totals.recipients));
    shared_counts_.shared_queue_size_bytes.set(static_cast<double>(sums.totals.bytes));
    shared_counts_.shared_queue_oldest_message_timestamp_seconds.set(since(sums.oldest));
    shared_counts_.shared_queue_unclaimed_timestamp_seconds.set(since(sums.unclaimed));
    for (std::size_t i = 0; i < sums.messages_by_age.size(); ++i) {
        shared_counts_.shared_queue_messages_by_age(static_cast<metrics::queue_age>(i))
            .set(static_cast<double>(sums.messages_by_age.at(i)));
    }
}

queue::postgres::observer database_watch::observer() {
    queue::postgres::observer observer;
    add_counts(observer);
    add_damage(observer);
    add_journal(observer);
    observer.on_disconnected = [this](std::string_view cause) {
        counts_.store_connected.set(0);
        counts_.store_disconnects_total.inc();
        set_unreachable(cause);
        tell_of_database(log::level::error, "disconnected", cause);
    };
    observer.on_unreachable = [this](std::string_view cause) { set_unreachable(cause); };
    observer.on_connected = [this] {
        counts_.store_connected.set(1);
        trouble_.set({});
        room_trouble_.set({});
        log::event(log::level::notice, "database").with("what", "connected");
    };
    observer.on_migrating = [](std::string_view step) {
        log::event(log::level::notice, "database").with("what", "migrating").with("step", step);
    };
    observer.on_full = [this](std::string_view cause) {
        room_trouble_.set("has no room: " + std::string(cause));
        tell_of_database(log::level::error, "full", cause);
    };
    observer.on_failing = [this](std::string_view cause) {
        trouble_.set("fails: " + std::string(cause));
        tell_of_database(log::level::error, "failing", cause);
    };
    observer.on_tried_again = [this] {
        trouble_.set({});
        room_trouble_.set({});
    };
    observer.on_refused = [](std::string_view cause) {
        tell_of_database(log::level::error, "refused", cause);
    };
    observer.on_not_claiming = [this](std::string_view cause) {
        counts_.store_claiming.set(0);
        claims_trouble_.set(std::string(cause));
        tell_of_database(log::level::error, "not_claiming", cause);
    };
    observer.on_claiming_again = [this] {
        counts_.store_claiming.set(1);
        claims_trouble_.set({});
        log::event(log::level::notice, "database").with("what", "claiming");
    };
    observer.on_resolved = [this](bool written) {
        using metrics::batch_end;
        counts_.store_doubtful_batches_total(written ? batch_end::written : batch_end::not_written)
            .inc();
        log::event(log::level::notice, "database")
            .with("what", "resolved")
            .with("written", written);
    };
    observer.on_rolled_back = [this] {
        counts_.store_rollbacks_total.inc();
        log::event(log::level::error, "database")
            .with("what", "rolled_back")
            .with(
                "advice",
                "the server that answers now lacks what one before it had acknowledged: mail of "
                "the last moments before the failover may be lost, and mail that was delivered "
                "then may go out again; synchronous replication prevents this"
            );
    };
    observer.on_session_ended = [](std::string_view address, std::chrono::milliseconds silence) {
        log::event line(log::level::warning, "database");
        line.with("what", "session_ended");
        if (!address.empty()) line.with("node_ip", address);
        line.with("silent_s", std::chrono::duration<double>(silence).count())
            .with(
                "advice",
                "a relay was stopped, or cut off from the database, while the server waited for "
                "it, and others may have waited for its locks; it connects again if it comes back"
            );
    };
    return observer;
}

void database_watch::tell_of_replay(const queue::settlement& end, bool late) {
    counts_.store_replayed_results_total.inc();
    if (late) queue_counts_.queue_claims_lost_total.inc();
    const auto& attempted = end.attempted;
    log::event line(late ? log::level::warning : log::level::notice, "result_replayed");
    line.with("queue_id", attempted.id.text())
        .with("domain", attempted.domain)
        .with("attempt", attempted.attempts + 1)
        .with("finished", end.finished.size())
        .with("unfinished", end.unfinished.size())
        .with("late", late);
    if (late) {
        line.with(
            "advice", "another process has the delivery; what was delivered here may arrive twice"
        );
    }
}

}  // namespace kurir::app
