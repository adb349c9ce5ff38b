#include "queue/postgres/writer.hpp"

#include <algorithm>
#include <utility>

#include "queue/failpoint.hpp"
#include "queue/postgres/claim_statements.hpp"
#include "queue/postgres/stuck_sessions.hpp"

namespace kurir::queue::postgres {

namespace {

using steady = std::chrono::steady_clock;

constexpr int conflicts_max = 3;  // with other transactions, in a row

message_id id_of(const append_request& request) {
    return request.id;
}
message_id id_of(const commit_request& request) {
    return request.message.mail.id;
}
// Of the others nobody asks.
template <class Request>
message_id id_of(const Request&) {
    return {};
}

}  // namespace

writer::writer(
    const options& settings,
    const claimant& self,
    recent_cache& recent,
    id_blocks& ids,
    result_journal& journal
)
    : settings_(settings), self_(self), recent_(recent), ids_(ids), journal_(journal) {}

void writer::start(std::unique_ptr<connection> database, delivery_listener listener) {
    database_ = std::move(database);
    listener_ = std::move(listener);
    connect_pause_ = settings_.reconnect_min;
    set_state();
    thread_.start([this] { run(); });
}

void writer::stop(bool released) {
    released_ = released;
    thread_.stop();
}

template <class Request>
void writer::submit(Request request) {
    constexpr bool is_mail =
        std::is_same_v<Request, commit_request> || std::is_same_v<Request, append_request>;
    auto reason = errc::closed;
    {
        const auto lock = thread_.lock();
        const bool disconnected = is_mail && state() == store_state::reopening;
        const bool full = is_mail && memory_ == pressure::critical;
        const bool nameless = is_mail && id_of(request).value() == 0;
        if (full) reason = errc::full;
        if (!over_ && !disconnected && !full && !nameless && state() != store_state::closed) {
            inbox_.add(std::move(request));
            thread_.wake_one();
            return;
        }
    }
    requests late;
    late.add(std::move(request));
    refuse(late, reason);
}

template void writer::submit(append_request);
template void writer::submit(commit_request);
template void writer::submit(settle_request);
template void writer::submit(discard_request);
template void writer::submit(remove_request);

store_state writer::state() const noexcept {
    const auto current = state_.load(std::memory_order_acquire);
    const bool scarce = memory_.load(std::memory_order_relaxed) != pressure::none;
    return current == store_state::open && scarce ? store_state::full : current;
}

store_totals writer::totals() const {
    const auto lock = thread_.lock();
    return totals_;
}

void writer::set_totals(const store_totals& sums) {
    const auto lock = thread_.lock();
    totals_ = sums;
}

void writer::check() {
    const auto lock = thread_.lock();
    in_question_ = true;
    thread_.wake_one();
}

void writer::set_state() {
    const bool paused = paused_as_ != store_state::open;
    const bool over = paused && database_ && steady::now() >= paused_until_;
    if (over) paused_as_ = store_state::open;
    state_ = database_ ? paused_as_ : store_state::reopening;
    if (over) settings_.observer.on_tried_again();
}

// --- the thread

void writer::run() {
    while (wait_for_work()) {
        if (!database_ && !connect()) continue;
        if (!doubts_.empty() && !resolve()) continue;
        if (!is_alive()) continue;
        set_state();
        if (paused_as_ == store_state::reopening) {
            give_up(waiting_, errc::closed);
            continue;
        }
        write_waiting();
    }
    const bool owes = !waiting_.settlements.empty() || !later_.empty() || !doubts_.empty();
    if (!database_ && owes) connect();
    waiting_.take(later_);
    if (database_ && (doubts_.empty() || resolve())) {
        write_waiting();
        if (released_ && database_) {
            database_->add(sql::release_all, parameters().bytes(self_.owner.bytes()));
            (void)database_->run(settings_.patience);
            failpoint("claims_released");
        }
    }
    complete_all();
}

void writer::write_waiting() {
    if (steady::now() >= later_at_) waiting_.take(later_);
    while (!waiting_.empty() && database_) {
        if (!write(take_batch(waiting_, {}))) return;
    }
}

// Waits for requests, or for the time to try again. False: the thread is to end.
bool writer::wait_for_work() {
    refuse_doubtful(false);
    auto lock = thread_.lock();
    const auto ready = [this] { return !inbox_.empty() || in_question_; };
    bool going_on = !thread_.stopping(lock);
    if (database_ && doubts_.empty()) {
        const auto now = steady::now();
        auto until = time::max();
        if (paused_as_ != store_state::open || !waiting_.empty()) until = paused_until_;
        if (!later_.empty()) until = std::min(until, later_at_);
        if (until == time::max()) {
            going_on = thread_.wait(lock, ready);
        } else {
            going_on = thread_.wait_for(lock, until - now, ready);
        }
    } else if (connect_at_ > steady::now()) {
        going_on = thread_.pause(lock, connect_at_ - steady::now());
    }
    waiting_.take(inbox_);
    if (!going_on) over_ = true;
    return going_on;
}

// False: what waits must wait longer.
bool writer::write(requests work) {
    for (int tries = 1;; ++tries) {
        verdicts outcome;
        const auto batch = batches::new_name();
        transaction next(*database_, self_, settings_, name_);
        failpoint("batch_collected");
        auto written = ids_.refill_if_low(*database_, settings_.patience);
        if (written) written = next.write(work, {batch, batches_.earlier()}, outcome);
        if (written) {
            failpoint("batch_committed");
            if (!work.appends.empty()) failpoint("chunks_stored");
            succeed(work, batch, outcome);
            return true;
        }
        const auto& error = written.error();
        switch (error.kind) {
            case trouble::conflict: {
                const auto ended = end_stuck_sessions(*database_, settings_);
                if (tries < conflicts_max || (ended && *ended > 0)) continue;
                return pause_mail(std::move(work), error);
            }
            case trouble::full:
            case trouble::failing:
                return pause_mail(std::move(work), error);
            case trouble::refused:
                return write_one_by_one(std::move(work), error);
            case trouble::disconnected:
                if (!doubted_since_) doubted_since_ = steady::now();
                doubts_.push_back({batch, *doubted_since_, std::move(work), std::move(outcome), {}}
                );
                disconnected(error.text);
                return false;
        }
    }
}

// One request that the database refuses must not take others with it.
bool writer::write_one_by_one(requests work, const sql_error& cause) {
    if (work.count() > 1) {
        requests later;
        while (!work.empty() && database_) {
            if (write(take_one(work))) continue;
            later.take(waiting_);
        }
        later.take(work);
        waiting_ = std::move(later);
        return waiting_.empty();
    }
    settings_.observer.on_refused(cause.text);
    give_up(work, errc::failed);
    // The end of an attempt must not get lost: it is tried again, and holds up nobody.
    later_.take(work);
    later_at_ = steady::now() + settings_.failure_pause;
    return true;
}

void writer::succeed(requests& work, const std::string& batch, verdicts& outcome) {
    doubted_since_.reset();
    connect_pause_ = settings_.reconnect_min;
    batches_.written(batch, work.are_durable());
    std::vector<result_journal::number> ended;
    for (const auto& each : work.settlements)
        ended.push_back(each.journal);
    journal_.settled(ended);
    remember(work, outcome);
    count_enqueued(work, outcome);
    {
        const auto lock = thread_.lock();
        totals_ = outcome.totals;
    }
    announce(outcome);
    failpoint("batch_announced");
    for (auto& each : work.appends)
        outbox_.add(each.home, std::move(each.done), {});
    for (std::size_t i = 0; i < work.commits.size(); ++i)
        outbox_.add(work.commits[i].home, std::move(work.commits[i].done), outcome.commits[i]);
    for (std::size_t i = 0; i < work.settlements.size(); ++i) {
        auto& each = work.settlements[i];
        outbox_.add(each.home, std::move(each.done), outcome.settlements[i]);
    }
    for (std::size_t i = 0; i < work.removals.size(); ++i)
        work.removals[i].done(std::move(outcome.removals[i]));
    outbox_.post();
}

void writer::announce(const verdicts& outcome) {
    if (!outcome.announced.empty() && listener_) listener_(outcome.announced);
}

// As the store on the local disk counts it: also bounces.
void writer::count_enqueued(const requests& work, const verdicts& outcome) {
    std::uint64_t recipients = 0;
    for (std::size_t i = 0; i < work.commits.size(); ++i) {
        if (outcome.commits[i]) recipients += work.commits[i].message.mail.recipients.size();
    }
    for (std::size_t i = 0; i < work.settlements.size(); ++i) {
        const auto& bounce = work.settlements[i].end.bounce;
        if (outcome.settlements[i] && bounce) recipients += bounce->mail.recipients.size();
    }
    if (recipients > 0) settings_.observer.on_enqueued(recipients);
}

void writer::remember(const requests& work, const verdicts& outcome) {
    for (const auto id : outcome.gone)
        recent_.drop(id);
    // The states of its recipients have changed.
    for (const auto& each : work.settlements)
        recent_.drop(each.end.attempted.id);
    for (std::size_t i = 0; i < work.commits.size(); ++i) {
        const auto& message = work.commits[i].message;
        if (!outcome.commits[i] || message.mail.chunks != 1) continue;
        recent_.put(std::make_shared<const stored_message>(stored_message{
            .mail = message.mail, .states = message.states, .first_chunk = message.last_chunk
        }));
    }
}

// Ends all requests but settlements, for which nobody needs to wait.
void writer::give_up(requests& work, errc reason) {
    auto kept = std::exchange(work.settlements, {});
    refuse(work, reason);
    work.settlements = std::move(kept);
}

// The database has no room, or fails: clients are refused, and settlements wait.
bool writer::pause_mail(requests work, const sql_error& cause) {
    const bool full = cause.kind == trouble::full;
    const auto& tell = full ? settings_.observer.on_full : settings_.observer.on_failing;
    tell(cause.text);
    give_up(work, full ? errc::full : errc::failed);
    move_behind(work.settlements, waiting_.settlements);
    waiting_.settlements = std::move(work.settlements);
    paused_as_ = full ? store_state::full : store_state::reopening;
    paused_until_ = steady::now() + settings_.failure_pause;
    set_state();
    return false;
}

void writer::complete_all() {
    {
        const auto lock = thread_.lock();
        over_ = true;
        state_ = store_state::closed;
        waiting_.take(inbox_);
    }
    refuse_doubtful(true);
    for (auto& each : doubts_)
        waiting_.take(each.work);
    doubts_.clear();
    waiting_.take(later_);
    refuse(waiting_, errc::closed);
    database_.reset();
}

}  // namespace kurir::queue::postgres
