// The part of the writer that has lost its database, or doubts what became of a batch: it connects
// again, and looks up what was written.
#include <algorithm>
#include <utility>

#include "queue/failpoint.hpp"
#include "queue/postgres/schema.hpp"
#include "queue/postgres/statements.hpp"
#include "queue/postgres/stuck_sessions.hpp"
#include "queue/postgres/writer.hpp"

namespace kurir::queue::postgres {

namespace {

using steady = std::chrono::steady_clock;

}  // namespace

// Asks only if somebody doubts it.
bool writer::is_alive() {
    {
        const auto lock = thread_.lock();
        if (!std::exchange(in_question_, false)) return true;
    }
    database_->add(sql::read_totals);
    const auto answers = database_->run(settings_.patience);
    if (answers || answers.error().kind != trouble::disconnected) return true;
    disconnected(answers.error().text);
    return false;
}

void writer::disconnected(const std::string& cause) {
    database_.reset();
    journal_.set_away(true);
    pause_before_connecting();
    set_state();
    settings_.observer.on_disconnected(cause);
}

// Longer each time, until something was written again.
void writer::pause_before_connecting() {
    connect_at_ = steady::now() + connect_pause_;
    connect_pause_ = std::min(2 * connect_pause_, settings_.reconnect_max);
}

bool writer::connect() {
    give_up(waiting_, errc::closed);
    auto made = connection::open(settings_);
    auto ready = made ? migrate(**made, settings_, {}) : answer<void>(made.error());
    if (ready) ready = look_for_last(**made);
    if (!ready) {
        settings_.observer.on_unreachable(ready.error().text);
        pause_before_connecting();
        return false;
    }
    database_ = std::move(*made);
    journal_.set_away(false);
    paused_as_ = store_state::open;
    settings_.observer.on_connected();
    failpoint("database_regained");
    return true;
}

// Whether this server has what the last one acknowledged. One that has not may give ids again that
// were given before, so ours are of a new block.
answer<void> writer::look_for_last(connection& database) {
    std::vector<std::string> doubtful;
    std::ranges::transform(doubts_, std::back_inserter(doubtful), &doubt::batch);
    const auto found = batches_.found_by(database, doubtful, settings_.patience);
    if (!found) return found.error();
    // Also after a mere outage: an id should not be much older than its message.
    if (auto taken = ids_.replace(database, settings_.patience); !taken) return taken;
    if (!*found) settings_.observer.on_rolled_back();
    return {};
}

// Clients don't wait longer than they are patient. `all`: the store is closing.
void writer::refuse_doubtful(bool all) {
    for (auto& each : doubts_) {
        if (!all && steady::now() - each.since < settings_.doubt_max) continue;
        for (const auto& commit : each.work.commits) {
            if (commit.message.names.empty()) each.refused.push_back(commit.message.mail.id);
        }
        give_up(each.work, errc::failed);
    }
}

// What is in doubt is looked up later. Always false.
bool writer::put_off(const sql_error& cause) {
    const bool is_there = cause.kind == trouble::conflict || cause.kind == trouble::failing ||
                          cause.kind == trouble::full;
    if (!is_there) {
        disconnected(cause.text);
        return false;
    }
    // The transaction itself may have the lock.
    if (cause.kind == trouble::conflict) (void)end_stuck_sessions(*database_, settings_);
    settings_.observer.on_failing(cause.text);
    pause_before_connecting();
    paused_as_ = store_state::reopening;
    paused_until_ = connect_at_;
    return false;
}

// Finds out what became of each doubtful transaction. False: the database is gone again.
bool writer::resolve() {
    while (!doubts_.empty()) {
        auto& open = doubts_.front();
        const auto written = resolver(*database_, self_, settings_, name_).resolve(open);
        if (!written) return put_off(written.error());
        settings_.observer.on_resolved(*written);
        if (*written) {
            succeed(open.work, open.batch, open.outcome);
        } else {
            // Those who have waited long enough are told that it was not written.
            if (steady::now() - open.since >= settings_.doubt_max) give_up(open.work, errc::closed);
            waiting_.take(open.work);
        }
        doubts_.pop_front();
    }
    return true;
}

}  // namespace kurir::queue::postgres
