#include "queue/committer.hpp"

#include <algorithm>
#include <cassert>
#include <iterator>

#include "queue/codec.hpp"
#include "queue/failpoint.hpp"

namespace kurir::queue {

using namespace std::chrono_literals;

namespace {

constexpr auto space_interval = 250ms;
// Ends of attempts alone are not worth a sync at once: nobody waits for them, and most often new
// mail comes within this time and shares it.
constexpr auto settle_patience = 1ms;
constexpr auto nap = 20ms;  // between looks at the line while the database is closed

template <class Request>
void move_before(std::vector<Request>& to, std::vector<Request>& from) {
    move_behind(from, to);
    std::swap(from, to);
}

double seconds(std::chrono::nanoseconds time) {
    return std::chrono::duration<double>(time).count();
}

errc reason_of(const rocksdb::Status& status) {
    return status.IsNoSpace() ? errc::full : errc::failed;
}

metrics::reopen_cause cause_of(const rocksdb::Status& status) {
    if (status.IsNoSpace()) return metrics::reopen_cause::no_space;
    if (status.IsIOError()) return metrics::reopen_cause::io_error;
    if (status.IsCorruption()) return metrics::reopen_cause::corruption;
    return metrics::reopen_cause::other;
}

}  // namespace

committer::committer(const surroundings& around, store_totals totals, bool wal_damaged)
    : around_(around),
      published_(totals),
      wal_damaged_(wal_damaged),
      settling_(around.recent, writes_),
      totals_(totals),
      space_(around.options.free_min),
      reserve_(around.options.directory / "reserve", around.options.reserve) {}

committer::~committer() {
    assert(!thread_.joinable());
}

void committer::start(delivery_listener listener) {
    listener_ = std::move(listener);
    watch_space();
    set_state();
    thread_ = std::thread([this] { run(); });
}

void committer::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_one();
    if (thread_.joinable()) {
        thread_.join();
    } else {
        complete_all();
    }
    around_.place.replace(nullptr);
}

template <class Request>
void committer::submit(Request request) {
    std::unique_lock lock(mutex_);
    if (!over_) {
        const bool first = inbox_.empty();
        const bool patient = !inbox_.has_client_waiting();
        inbox_.add(std::move(request));
        const bool urgent = patient && inbox_.has_client_waiting();
        lock.unlock();
        if (first || urgent) wake_.notify_one();
        return;
    }
    lock.unlock();
    if constexpr (requires { request.done; }) {
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

store_totals committer::totals() const {
    const std::lock_guard lock(mutex_);
    return published_;
}

void committer::recovery_started() {
    const std::lock_guard lock(mutex_);
    meanwhile_.emplace();
}

bool committer::announced_meanwhile(const std::string& entry) const {
    const std::lock_guard lock(mutex_);
    return meanwhile_ && meanwhile_->contains(entry);
}

void committer::recovery_ended() {
    const std::lock_guard lock(mutex_);
    meanwhile_.reset();
}

void committer::run() {
    while (wait_for_work()) {
        if (around_.place.own() == nullptr) {
            refuse(errc::closed);
            try_to_reopen();
            continue;
        }
        watch_space();
        if (space_.low()) refuse(errc::full);
        write_chunks(*around_.place.own());
        if (around_.place.own() != nullptr) write_batch(*around_.place.own());
        outbox_.post();
    }
    complete_all();
}

// False when it is time to end: asked to, and all is written, or can't be.
bool committer::wait_for_work() {
    std::unique_lock lock(mutex_);
    const bool closed = around_.place.own() == nullptr;
    if (closed) {
        if (stopping_) return false;
        wake_.wait_for(lock, nap, [this] { return stopping_; });
    } else if (waiting_.empty()) {
        wake_.wait_for(lock, space_interval, [this] { return stopping_ || !inbox_.empty(); });
        if (!inbox_.empty() && !inbox_.has_client_waiting()) {
            wake_.wait_for(lock, settle_patience, [this] {
                return stopping_ || inbox_.has_client_waiting();
            });
        }
    }
    waiting_.take(inbox_);
    return !stopping_ || !waiting_.empty();
}

void committer::watch_space() {
    const auto now = around_.options.steady();
    if (space_checked_ && now - *space_checked_ < space_interval) return;
    space_checked_ = now;
    const auto free = around_.options.free_space();
    if (space_.measured(free)) {
        set_state();
        around_.observer.on_space(space_.low(), free);
    }
    if (!space_.low()) reserve_.create(free, around_.options.free_min);
}

void committer::refuse(errc why) {
    for (auto& each : waiting_.appends)
        outbox_.add(each.home, std::move(each.done), why);
    for (auto& each : waiting_.commits)
        outbox_.add(each.home, std::move(each.done), why);
    waiting_.appends.clear();
    waiting_.commits.clear();
    outbox_.post();
}

void committer::write_chunks(database& to) {
    if (waiting_.appends.empty()) return;
    auto chunks = take_front(waiting_.appends, {});
    writes_.begin(to);
    for (const auto& each : chunks)
        writes_.put_chunk(each.id, each.index, each.bytes);
    for (const auto& each : chunks) {
        if (each.index == 0) writes_.put_incoming(each.id);
    }
    rocksdb::WriteOptions options;
    options.no_slowdown = true;
    const auto started = around_.options.steady();
    const auto status = to->Write(options, &writes_.batch());
    failpoint("chunk_written");
    around_.counts.store_operation_duration_seconds(metrics::store_op::put)
        .observe(seconds(around_.options.steady() - started));
    finish_chunks(chunks, status);
}

void committer::finish_chunks(std::vector<append_request>& chunks, const rocksdb::Status& how) {
    // The store is behind with its own work: nothing was written, and the sessions may try again.
    const bool busy = how.IsIncomplete();
    result<void> outcome;
    if (!how.ok()) outcome = busy ? errc::busy : reason_of(how);
    for (auto& each : chunks) {
        auto& written = open_bodies_[each.id];
        if (!busy) written = std::max(written, each.index + 1);
        if (written == 0) open_bodies_.erase(each.id);
        outbox_.add(each.home, std::move(each.done), outcome);
    }
    if (!how.ok() && !busy) close_handle(how);
}

bool committer::write_batch(database& to) {
    batch next;
    next.settlements = take_front(waiting_.settlements, {});
    next.commits = take_front(waiting_.commits, {});
    next.discards = std::exchange(waiting_.discards, {});
    next.quarantines = std::exchange(waiting_.quarantines, {});
    next.ceiling = around_.ids.wanted_ceiling(around_.options.now());
    next.totals = totals_;

    writes_.begin(to);
    settling_.begin(to);
    exorcise(to, next.totals);
    fill(next);
    const bool reopened = &to != around_.place.own();
    if (writes_.empty() && !reopened) {
        succeed(next);
        return true;
    }
    writes_.put_totals(next.totals);
    remember(next);
    const auto status = sync(to, next.settlements.size() + next.commits.size());
    if (status.ok()) {
        failpoint("batch_synced");
        succeed(next);
    } else {
        fail(next, status);
    }
    return status.ok();
}

void committer::fill(batch& next) {
    const auto now = around_.options.now();
    for (const auto& each : next.quarantines) {
        if (!each.entry.empty()) {
            if (settling_.quarantine_entry(each.entry)) {
                next.set_aside.emplace_back("schedule " + each.id.text(), each.reason);
            }
        } else {
            settling_.quarantine(each.id, next.totals);
        }
    }
    for (const auto& each : next.settlements) {
        const bool applied = settling_.apply(each.end, each.again, next.totals);
        next.applied.push_back(applied);
        if (applied && each.end.event) {
            writes_.put_event(now, around_.ids.next(now).value(), *each.end.event);
        }
    }
    for (auto& each : next.commits) {
        if (!whole(each.message)) {
            outbox_.add(each.home, std::exchange(each.done, nullptr), errc::failed);
            continue;
        }
        writes_.put_message(each.message);
        ++next.totals.messages;
        next.totals.recipients += each.message.mail.recipients.size();
        next.totals.bytes += each.message.mail.size;
    }
    std::erase_if(next.commits, [](const commit_request& each) { return !each.done; });
    for (const auto& each : next.discards) {
        writes_.erase_chunks(each.id, each.chunks);
        writes_.erase_incoming(each.id);
    }
    for (const auto id : settling_.quarantined()) {
        next.set_aside.emplace_back("message " + id.text(), "a record does not decode");
    }
    for (const auto& [what, reason] : next.set_aside) {
        writes_.put_event(
            now, around_.ids.next(now).value(), "quarantined " + what + ": " + reason
        );
    }
    if (next.ceiling) writes_.put_ceiling(*next.ceiling);
}

// Before the batch is written, so that the scan can't come upon an entry that is not remembered
// yet.
void committer::remember(const batch& next) {
    const std::lock_guard lock(mutex_);
    if (!meanwhile_) return;
    for (const auto& each : next.settlements) {
        for (const auto& again : each.end.again) {
            meanwhile_->emplace(key::of_new_entry(again).bytes());
        }
    }
}

// All chunks went to the log that is about to be synced. Those of a handle that failed may be lost
// with its pages, however well they read now.
bool committer::whole(const submission& message) const {
    if (message.mail.chunks == 1) return true;
    const auto written = open_bodies_.find(message.mail.id);
    return written != open_bodies_.end() && written->second == message.mail.chunks - 1;
}

void committer::exorcise(const database& from, store_totals& totals) {
    rocksdb::PinnableSlice ignored;
    for (const auto& each : ghosts_) {
        const bool survived =
            !from.get(family::envelope, key::of_envelope(each.id).bytes(), ignored).IsNotFound();
        writes_.erase_message(each.id, each.chunks);
        if (each.chunks > 1) writes_.erase_incoming(each.id);
        for (const auto& entry : each.entries)
            writes_.erase_entry(entry);
        if (!survived) continue;
        --totals.messages;
        totals.recipients -= each.recipients;
        totals.bytes -= each.bytes;
    }
}

rocksdb::Status committer::sync(database& to, std::size_t requests) {
    if (failpoint("before_batch")) return rocksdb::Status::IOError("failpoint");
    rocksdb::WriteOptions options;
    options.sync = true;
    const auto started = around_.options.steady();
    auto status = to->Write(options, &writes_.batch());
    around_.counts.store_sync_duration_seconds.observe(seconds(around_.options.steady() - started));
    around_.counts.store_sync_batch_size.observe(static_cast<double>(requests));
    return status;
}

void committer::succeed(batch& done) {
    ghosts_.clear();
    totals_ = done.totals;
    if (done.ceiling) around_.ids.raise(*done.ceiling);
    for (const auto id : settling_.gone())
        around_.recent.drop(id);
    for (const auto& each : done.discards)
        open_bodies_.erase(each.id);
    for (const auto& [what, reason] : done.set_aside) {
        around_.queue_counts.queue_quarantined_records_total.inc();
        around_.observer.on_quarantined(what, reason);
    }
    {
        const std::lock_guard lock(mutex_);
        published_ = totals_;
    }
    keep_and_announce(done);
    for (auto& each : done.settlements)
        outbox_.add(each.home, std::move(each.done), {});
    for (auto& each : done.commits)
        outbox_.add(each.home, std::move(each.done), {});
}

// What is durable now: into the cache, and to the listener.
void committer::keep_and_announce(batch& done) {
    std::vector<delivery> announced;
    const auto take = [&announced](std::vector<delivery>& from) {
        for (auto& each : from) {
            each.entry = stored_due(each.due);
            announced.push_back(std::move(each));
        }
    };
    const auto keep = [&](submission& message) {
        around_.queue_counts.queue_enqueued_total.inc(
            static_cast<double>(message.mail.recipients.size())
        );
        take(message.deliveries);
        open_bodies_.erase(message.mail.id);
        if (message.mail.chunks > 1) return;
        auto stored = std::make_shared<stored_message>();
        stored->mail = std::move(message.mail);
        stored->first_chunk = std::move(message.last_chunk);
        around_.recent.put(std::move(stored));
    };
    for (std::size_t i = 0; i < done.settlements.size(); ++i) {
        if (!done.applied[i]) continue;
        auto& end = done.settlements[i].end;
        // What is kept knows no states of recipients: a second attempt reads them.
        if (!end.again.empty()) around_.recent.drop(end.attempted.id);
        take(end.again);
        if (end.bounce) keep(*end.bounce);
    }
    for (auto& each : done.commits)
        keep(each.message);

    if (!announced.empty() && listener_) listener_(std::move(announced));
}

void committer::fail(batch& failed, const rocksdb::Status& why) {
    const errc reason = reason_of(why);
    // The failed batch may have survived: whether these messages are gone, only the disk knows.
    for (const auto id : settling_.gone())
        around_.recent.drop(id);
    for (auto& each : failed.commits) {
        const auto& mail = each.message.mail;
        ghost left{mail.id, mail.chunks, mail.recipients.size(), mail.size, {}};
        for (const auto& entry : each.message.deliveries)
            left.entries.push_back(key::of_new_entry(entry));
        ghosts_.push_back(std::move(left));
        outbox_.add(each.home, std::move(each.done), reason);
    }
    for (std::size_t i = 0; i < failed.settlements.size(); ++i) {
        failed.settlements[i].again = failed.settlements[i].again || failed.applied[i];
    }
    move_before(waiting_.settlements, failed.settlements);
    move_before(waiting_.discards, failed.discards);
    move_before(waiting_.quarantines, failed.quarantines);
    close_handle(why);
}

void committer::close_handle(const rocksdb::Status& why) {
    const auto& options = around_.options;
    around_.counts.store_errors_total(metrics::store_op::batch).inc();
    if (why.IsNoSpace()) {
        reserve_.give_up();
        if (space_.ran_out()) around_.observer.on_space(true, options.free_space());
    }
    const bool was_open = around_.place.own() != nullptr;
    around_.place.replace(nullptr);
    for (const auto& [id, chunks] : open_bodies_)
        waiting_.discards.push_back({id, chunks});
    open_bodies_.clear();
    set_state();

    reopen_pause_ = was_open ? options.reopen_min : std::min(2 * reopen_pause_, options.reopen_max);
    reopen_at_ = options.steady() + reopen_pause_;
    if (!was_open) return;
    around_.counts.store_reopens_total(cause_of(why)).inc();
    around_.observer.on_reopening(why.ToString());
}

void committer::try_to_reopen() {
    if (around_.options.steady() < reopen_at_) return;
    auto opened = database::open(around_.options, around_.observer);
    if (opened.wal_damaged) {
        wal_damaged_ = true;
        around_.counts.store_wal_damage_total.inc();
    }
    if (!opened.handle) {
        close_handle(opened.status);
        return;
    }
    failpoint("store_reopens");
    totals_ = opened.wal_damaged ? opened.handle->recount() : opened.handle->totals();
    if (!write_batch(*opened.handle)) return;
    around_.place.replace(std::move(opened.handle));
    set_state();
    around_.observer.on_reopened();
    outbox_.post();
}

void committer::complete_all() {
    requests left;
    {
        const std::lock_guard lock(mutex_);
        over_ = true;
        left.take(waiting_);
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
}

void committer::set_state() {
    auto now = space_.low() ? store_state::full : store_state::open;
    if (around_.place.own() == nullptr) now = store_state::reopening;
    state_.store(now, std::memory_order_release);
    using metrics::shed_reason;
    around_.counts.load_shedding(shed_reason::disk).set(space_.low() ? 1 : 0);
    around_.counts.load_shedding(shed_reason::store).set(now == store_state::reopening ? 1 : 0);
}

}  // namespace kurir::queue
