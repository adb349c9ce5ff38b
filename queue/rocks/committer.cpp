#include "queue/rocks/committer.hpp"

#include <algorithm>
#include <thread>
#include <type_traits>

#include "queue/completing.hpp"
#include "queue/failpoint.hpp"

namespace kurir::queue {

using namespace std::chrono_literals;

namespace {

constexpr auto space_interval = 250ms;
// Ends of attempts alone are not worth a sync at once: nobody waits for them, and most often new
// mail comes within this time and shares it.
constexpr auto settle_patience = 1ms;
constexpr auto nap = 20ms;  // between checks of the requests while the database is closed

std::uint64_t reserve_of(const store_options& options) {
    return reserve_on(disk_size(options.directory), options.reserve);
}

metrics::reopen_cause cause_of(const rocksdb::Status& status) {
    if (status.IsNoSpace()) return metrics::reopen_cause::no_space;
    if (status.IsIOError()) return metrics::reopen_cause::io_error;
    if (status.IsCorruption()) return metrics::reopen_cause::corruption;
    return metrics::reopen_cause::other;
}

}  // namespace

committer::committer(
    const queue::context& context,
    recent_cache& recent,
    id_source& ids,
    store_totals totals,
    bool wal_damaged
)
    : context_(context),
      recent_(recent),
      ids_(ids),
      published_(totals),
      wal_damaged_(wal_damaged),
      settlement_writer_(recent, writes_),
      totals_(totals),
      space_(context.options.free_min, reserve_of(context.options)),
      reserve_(context.options.directory / "reserve", reserve_of(context.options)) {}

void committer::start(delivery_listener listener) {
    listener_ = std::move(listener);
    watch_space();
    set_state();
    thread_.start([this] { run(); });
}

bool committer::stop() {
    thread_.stop();
    complete_all();  // what came for a thread that was never started
    const bool was_open = context_.place.own() != nullptr;
    context_.place.replace(nullptr);
    return was_open;
}

template <class Request>
void committer::submit(Request request) {
    auto lock = thread_.lock();
    if (!over_) {
        const bool first = inbox_.empty();
        const bool patient = !inbox_.has_client_waiting();
        inbox_.add(std::move(request));
        const bool urgent = patient && inbox_.has_client_waiting();
        lock.unlock();
        if (first || urgent) thread_.wake_one();
        return;
    }
    lock.unlock();
    if constexpr (std::is_same_v<Request, remove_request>) {
        request.done(errc::closed);
    } else if constexpr (std::is_same_v<Request, name_request>) {
        complete<named_messages>(*request.home, std::move(request.done), errc::closed);
    } else if constexpr (requires { request.done; }) {
        outbox too_late;
        too_late.add(request.home, std::move(request.done), errc::closed);
        too_late.post();
    }
}

template void committer::submit(append_request);
template void committer::submit(commit_request);
template void committer::submit(settle_request);
template void committer::submit(discard_request);
template void committer::submit(quarantine_request);
template void committer::submit(remove_request);
template void committer::submit(name_request);

store_totals committer::totals() const {
    const auto lock = thread_.lock();
    return published_;
}

void committer::recovery_started() {
    const auto lock = thread_.lock();
    meanwhile_.emplace();
}

bool committer::announced_meanwhile(const std::string& entry) const {
    const auto lock = thread_.lock();
    return meanwhile_ && meanwhile_->contains(entry);
}

void committer::recovery_ended() {
    const auto lock = thread_.lock();
    meanwhile_.reset();
}

void committer::run() {
    while (wait_for_work()) {
        if (context_.place.own() == nullptr) {
            refuse(errc::closed);
            try_to_reopen();
            continue;
        }
        watch_space();
        if (space_.low() || memory() == pressure::critical) refuse(errc::full);
        write_chunks(*context_.place.own());
        if (context_.place.own() != nullptr) write_batch(*context_.place.own());
        outbox_.post();
    }
    last_chance_ = true;
    if (context_.place.own() != nullptr) write_batch(*context_.place.own());  // the clock
    complete_all();
}

// False when the thread must end: it was asked to, and everything is written or can't be written.
bool committer::wait_for_work() {
    auto lock = thread_.lock();
    const bool closed = context_.place.own() == nullptr;
    if (closed) {
        if (thread_.stopping(lock)) return false;
        thread_.pause(lock, nap);
    } else if (waiting_.empty() && !later_due(thread_.stopping(lock))) {
        thread_.wait_for(lock, space_interval, [this] { return !inbox_.empty(); });
        if (!inbox_.empty() && !inbox_.has_client_waiting()) {
            thread_.wait_for(lock, settle_patience, [this] { return inbox_.has_client_waiting(); });
        }
    }
    let_more_come(lock);
    const bool stopping = thread_.stopping(lock);
    waiting_.take(inbox_);
    last_chance_ = stopping;
    if (later_due(stopping)) {
        later_.take(waiting_);
        std::swap(waiting_, later_);
    }
    return !stopping || !waiting_.empty();
}

// Where processors are short, other threads run first: what they add shares the sync. Where one is
// idle, this takes no time.
void committer::let_more_come(std::unique_lock<std::mutex>& lock) const {
    if (!inbox_.has_client_waiting()) return;
    lock.unlock();
    std::this_thread::yield();
    lock.lock();
}

// True if requests that were put off should be tried again now. A stop does not wait for their
// pause.
bool committer::later_due(bool stopping) const {
    return !later_.empty() && (stopping || context_.options.steady() >= later_at_);
}

// Requests that could not be read for the moment are tried again on their own; everything else goes
// on.
void committer::put_off(requests unread, const rocksdb::Status& why) {
    if (unread.empty()) {
        if (later_.empty()) later_pause_ = {};
        return;
    }
    context_.counts.store_errors_total(metrics::store_op::get).inc();
    if (last_chance_) {
        // The entries are as they were: the next process tries these messages again.
        for (auto& each : unread.settlements)
            outbox_.add(each.home, std::move(each.done), errc::closed);
        return;
    }
    const auto& options = context_.options;
    if (later_pause_ == decltype(later_pause_)()) context_.observer.on_unreadable(why.ToString());
    later_pause_ = std::clamp(2 * later_pause_, options.reopen_min, options.reopen_max);
    later_at_ = options.steady() + later_pause_;
    later_.take(unread);
}

void committer::watch_space() {
    const auto now = context_.options.steady();
    const bool plenty = space_.is_plenty(free_bytes_);
    if (space_checked_ && plenty && now - *space_checked_ < space_interval) return;
    space_checked_ = now;
    free_bytes_ = context_.options.free_space();
    reserve_.create(free_bytes_, space_.least());
    const bool changed = space_.measured(free_bytes_, reserve_.is_there());
    if (!changed) return;
    set_state();
    context_.observer.on_space(space_.low(), free_bytes_);
}

void committer::refuse(errc why) {
    for (auto& each : waiting_.appends)
        outbox_.add(each.home, std::move(each.done), why);
    for (auto& each : waiting_.commits)
        outbox_.add(each.home, std::move(each.done), why);
    waiting_.appends.clear();
    waiting_.commits.clear();
    outbox_.post();
    if (why != errc::closed) return;  // a full disk needs removals
    for (auto& each : waiting_.removals)
        each.done(errc::failed);
    waiting_.removals.clear();
    for (auto& each : std::exchange(waiting_.lookups, {}))
        complete<named_messages>(*each.home, std::move(each.done), why);
}

void committer::close_handle(const rocksdb::Status& why) {
    const auto& options = context_.options;
    context_.counts.store_errors_total(metrics::store_op::batch).inc();
    if (why.IsNoSpace()) {
        reserve_.give_up();
        if (space_.ran_out()) context_.observer.on_space(true, options.free_space());
    }
    // A compaction met a damaged or missing file. The next compaction would meet it again.
    if (why.IsCorruption() || why.IsPathNotFound()) compaction_ = compaction::off;
    const bool was_open = context_.place.own() != nullptr;
    context_.place.replace(nullptr);
    for (const auto& [id, chunks] : open_bodies_)
        waiting_.discards.push_back({id, chunks});
    open_bodies_.clear();
    set_state();

    reopen_pause_ = was_open ? options.reopen_min : std::min(2 * reopen_pause_, options.reopen_max);
    reopen_at_ = options.steady() + reopen_pause_;
    if (!was_open) return;
    context_.counts.store_reopens_total(cause_of(why)).inc();
    context_.observer.on_reopening(why.ToString());
}

void committer::try_to_reopen() {
    if (context_.options.steady() < reopen_at_) return;
    auto opened = database::open(context_.options, context_.observer, compaction_);
    if (opened.wal_damaged) {
        wal_damaged_ = true;
        context_.counts.store_wal_damage_total.inc();
    }
    if (!opened.handle) {
        close_handle(opened.status);
        return;
    }
    failpoint("store_reopens");
    auto& handle = *opened.handle;
    const auto read = opened.wal_damaged ? handle.recount(totals_) : handle.totals(totals_);
    if (!read.ok()) {
        close_handle(read);
        return;
    }
    if (!write_batch(*opened.handle)) return;
    context_.place.replace(std::move(opened.handle));
    set_state();
    context_.observer.on_reopened();
    outbox_.post();
}

void committer::complete_all() {
    requests left;
    {
        const auto lock = thread_.lock();
        over_ = true;
        left.take(waiting_);
        left.take(later_);
        left.take(inbox_);
    }
    state_.store(store_state::closed, std::memory_order_release);
    for (auto& each : left.appends)
        outbox_.add(each.home, std::move(each.done), errc::closed);
    for (auto& each : left.commits)
        outbox_.add(each.home, std::move(each.done), errc::closed);
    for (auto& each : left.settlements)
        outbox_.add(each.home, std::move(each.done), errc::closed);
    outbox_.post();
    for (auto& each : left.removals)
        each.done(errc::closed);
    for (auto& each : left.lookups)
        complete<named_messages>(*each.home, std::move(each.done), errc::closed);
}

void committer::set_state() {
    auto state = space_.low() ? store_state::full : store_state::open;
    if (context_.place.own() == nullptr) state = store_state::reopening;
    state_.store(state, std::memory_order_release);
    using metrics::shed_reason;
    context_.counts.load_shedding(shed_reason::disk).set(space_.low() ? 1 : 0);
    context_.counts.load_shedding(shed_reason::store).set(state == store_state::reopening ? 1 : 0);
}

}  // namespace kurir::queue
