// What the committer writes: one batch with one sync, and what follows from its success or failure.
#include <algorithm>
#include <iterator>
#include <tuple>

#include "queue/codec.hpp"
#include "queue/completing.hpp"
#include "queue/failpoint.hpp"
#include "queue/rocks/committer.hpp"
#include "queue/rocks/given_names.hpp"
#include "queue/rocks/name_keys.hpp"

namespace kurir::queue {

namespace {

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

}  // namespace

void committer::write_chunks(database& target) {
    if (waiting_.appends.empty()) return;
    auto chunks = take_front(waiting_.appends, {});
    writes_.begin(target);
    for (const auto& each : chunks)
        writes_.put_chunk(each.id, each.index, each.bytes);
    for (const auto& each : chunks) {
        if (each.index == 0) writes_.put_incoming(each.id);
    }
    rocksdb::WriteOptions options;
    options.no_slowdown = true;
    const auto started = context_.options.steady();
    const auto status = target->Write(options, &writes_.batch());
    failpoint("chunk_written");
    context_.counts.store_operation_duration_seconds(metrics::store_op::put)
        .observe(seconds(context_.options.steady() - started));
    finish_chunks(chunks, status);
}

void committer::finish_chunks(std::vector<append_request>& chunks, const rocksdb::Status& status) {
    // The store is behind with its own work: nothing was written, and the sessions may try again.
    const bool busy = status.IsIncomplete();
    result<void> outcome;
    if (!status.ok()) outcome = busy ? errc::busy : reason_of(status);
    for (auto& each : chunks) {
        auto& written = open_bodies_[each.id];
        if (!busy) written = std::max(written, each.index + 1);
        if (written == 0) open_bodies_.erase(each.id);
        outbox_.add(each.home, std::move(each.done), outcome);
    }
    if (!status.ok() && !busy) close_handle(status);
}

bool committer::write_batch(database& target) {
    writes_.begin(target);
    auto totals = totals_;
    if (const auto status = erase_unconfirmed(target, totals); !status.ok()) {
        close_handle(status);
        return false;
    }
    batch next;
    next.totals = totals;
    next.settlements = take_front(waiting_.settlements, {});
    next.commits = take_front(waiting_.commits, {});
    next.discards = std::exchange(waiting_.discards, {});
    next.quarantines = std::exchange(waiting_.quarantines, {});
    next.removals = std::exchange(waiting_.removals, {});
    next.lookups = std::exchange(waiting_.lookups, {});
    next.now = context_.options.now();
    next.ceiling = ids_.wanted_ceiling(next.now);
    settlement_writer_.begin(target);
    fill(target, next);
    const bool reopened = &target != context_.place.own();
    write_clock(next.totals);
    if (writes_.empty() && !reopened) {
        succeed(next);
        return true;
    }
    writes_.put_totals(next.totals);
    remember(next);
    const auto status = sync(target, next.settlements.size() + next.commits.size());
    if (status.ok()) {
        failpoint("batch_synced");
        succeed(next);
    } else {
        fail(next, status);
    }
    return status.ok();
}

// Writes the clock with every batch, and from time to time while mail waits. So the next process
// knows how much time has passed, even if the wall clock was changed.
void committer::write_clock(const store_totals& totals) {
    constexpr std::chrono::minutes longest{5};
    const auto now = context_.options.now();
    const bool waits = totals.messages > 0 && now - clock_written_ >= longest;
    if (writes_.empty() && !waits && !last_chance_) return;
    writes_.put_clock(now, context_.options.calendar());
    clock_written_ = now;
}

void committer::fill(const database& source, batch& next) {
    requests unread;
    auto trouble = fill_quarantines(next, next.now, unread);
    const auto more = fill_settlements(next, next.now, unread);
    put_off(std::move(unread), trouble.ok() ? more : trouble);
    fill_removals(next);
    fill_lookups(source, next);
    fill_commits(source, next);
    for (const auto& each : next.discards) {
        writes_.erase_chunks(each.id, each.chunks);
        writes_.erase_incoming(each.id);
    }
    for (const auto id : settlement_writer_.quarantined()) {
        next.set_aside.emplace_back("message " + id.text(), "a record does not decode");
    }
    for (const auto& [what, reason] : next.set_aside) {
        writes_.put_event(
            next.now, ids_.next(next.now).value(), "quarantined " + what + ": " + reason
        );
    }
    if (next.ceiling) writes_.put_ceiling(*next.ceiling);
}

rocksdb::Status committer::fill_quarantines(batch& next, time_point now, requests& unread) {
    rocksdb::Status trouble;
    for (auto& each : std::exchange(next.quarantines, {})) {
        auto moved = set_aside(each, now, next);
        if (moved.failed()) trouble = moved.failure();
        (moved.failed() ? unread.quarantines : next.quarantines).push_back(std::move(each));
    }
    return trouble;
}

read_result<done> committer::set_aside(
    const quarantine_request& damaged, time_point now, batch& next
) {
    if (damaged.entry.empty() && !damaged.missing) {
        return settlement_writer_.quarantine(damaged.id, next.totals);
    }
    auto changed = settlement_writer_.quarantine_entry(damaged, now, next.rebuilt);
    if (changed.failed()) return changed.failure();
    if (*changed) next.set_aside.emplace_back("schedule " + damaged.id.text(), damaged.reason);
    return done{};
}

rocksdb::Status committer::fill_settlements(batch& next, time_point now, requests& unread) {
    rocksdb::Status trouble;
    for (auto& each : std::exchange(next.settlements, {})) {
        auto ending = settlement_writer_.apply(each.end, each.again, next.totals);
        if (ending.failed()) {
            trouble = ending.failure();
            unread.settlements.push_back(std::move(each));
            continue;
        }
        const bool applied = *ending == settlement_writer::ending::applied;
        next.applied.push_back(applied);
        if (applied && each.end.event) {
            writes_.put_event(now, ids_.next(now).value(), *each.end.event);
        }
        next.settlements.push_back(std::move(each));
    }
    return trouble;
}

void committer::fill_removals(batch& next) {
    for (const auto& each : next.removals) {
        auto& outcome = next.removed.emplace_back();
        // An entry that can't be read now stays in the queue. It is neither counted nor reported as
        // removed.
        for (const auto& item : each.items)
            std::ignore = settlement_writer_.remove_entry(item, next.totals, outcome);
        if (outcome.changes.empty()) continue;
        writes_.put_event(each.event_time, each.event_number, each.describe(outcome.removed));
    }
}

// What was synced before this batch, without what it erases of one that was not.
void committer::fill_lookups(const database& source, batch& next) const {
    for (auto& each : next.lookups) {
        auto found = load_names(source, each.names, next.now);
        if (!found) {
            each.found = found.error().code;
            continue;
        }
        for (auto& id : *found) {
            if (id && is_unconfirmed(*id)) id.reset();
        }
        each.found = std::move(*found);
    }
}

bool committer::is_unconfirmed(message_id id) const {
    return std::ranges::find(unconfirmed_, id, &unconfirmed_commit::id) != unconfirmed_.end();
}

void committer::fill_commits(const database& source, batch& next) {
    for (auto& each : next.commits) {
        auto fit = whole(each.message) ? result<void>() : errc::failed;
        if (fit) fit = names_are_new(source, each.message, next);
        if (!fit) {
            outbox_.add(each.home, std::exchange(each.done, nullptr), fit);
            continue;
        }
        writes_.put_message(each.message);
        for (const auto& name : each.message.names) {
            writes_.put_name(name_key(name, next.now), each.message.mail.id);
            next.names.insert(name);
        }
        add(next.totals, each.message.mail);
    }
    std::erase_if(next.commits, [](const commit_request& each) { return !each.done; });
}

// If they have to be. What an earlier batch may have left behind is erased by this one.
result<void> committer::names_are_new(
    const database& source, const submission& message, const batch& next
) const {
    if (!message.names_are_new) return {};
    const bool put = std::ranges::any_of(message.names, [&](const auto& each) {
        return next.names.contains(each);
    });
    if (put) return errc::known;
    const auto found = load_names(source, message.names, next.now);
    if (!found) return found.error().code;
    const auto is_other = [this](const std::optional<message_id>& id) {
        return id && !is_unconfirmed(*id);
    };
    if (std::ranges::any_of(*found, is_other)) return errc::known;
    return {};
}

// Called before the batch is written, so that the scan can't find an entry that is not remembered
// yet.
void committer::remember(const batch& next) {
    const auto lock = thread_.lock();
    if (!meanwhile_) return;
    for (const auto& each : next.settlements) {
        for (const auto& again : each.end.again) {
            meanwhile_->emplace(key::of_new_entry(again).bytes());
        }
        if (each.end.withheld) {
            meanwhile_->emplace(key::of_new_entry(*each.end.withheld).bytes());
        }
    }
    for (const auto& each : next.rebuilt)
        meanwhile_->emplace(key::of_new_entry(each).bytes());
}

// True if all chunks are in the log that is about to be synced. Chunks of a handle that failed may
// be lost with its pages, even if they can be read now.
bool committer::whole(const submission& message) const {
    if (message.mail.chunks == 1) return true;
    const auto written = open_bodies_.find(message.mail.id);
    return written != open_bodies_.end() && written->second == message.mail.chunks - 1;
}

rocksdb::Status committer::erase_unconfirmed(const database& source, store_totals& totals) {
    rocksdb::PinnableSlice ignored;
    for (const auto& each : unconfirmed_) {
        auto status = source.get(family::envelope, key::of_envelope(each.id).bytes(), ignored);
        if (is_passing(status)) return status;
        writes_.erase_message(each.id, each.chunks);
        if (each.chunks > 1) writes_.erase_incoming(each.id);
        for (const auto& entry : each.entries)
            writes_.erase_entry(entry);
        for (const auto recipient : each.tried)
            writes_.erase_recipient(each.id, recipient);
        for (const auto& name : each.names)
            writes_.erase_name(name);
        if (status.IsNotFound()) continue;
        --totals.messages;
        totals.recipients -= each.recipients;
        totals.bytes -= each.bytes;
    }
    return {};
}

rocksdb::Status committer::sync(database& target, std::size_t requests) {
    if (failpoint("before_batch")) return rocksdb::Status::IOError("failpoint");
    rocksdb::WriteOptions options;
    options.sync = true;
    const auto started = context_.options.steady();
    auto status = target->Write(options, &writes_.batch());
    const auto took = seconds(context_.options.steady() - started);
    context_.counts.store_sync_duration_seconds.observe(took);
    context_.counts.store_operation_duration_seconds(metrics::store_op::batch).observe(took);
    context_.counts.store_sync_batch_size.observe(static_cast<double>(requests));
    if (!status.ok()) return status;
    const auto doubt = context_.options.sync_doubt();
    return doubt ? rocksdb::Status::IOError("the sync is not believed", doubt.message()) : status;
}

void committer::succeed(batch& done) {
    unconfirmed_.clear();
    totals_ = done.totals;
    if (done.ceiling) ids_.raise(*done.ceiling);
    for (const auto id : settlement_writer_.gone())
        recent_.drop(id);
    settlement_writer_.forget_gone();
    for (const auto& each : done.discards)
        open_bodies_.erase(each.id);
    for (const auto& [what, reason] : done.set_aside) {
        context_.queue_counts.queue_quarantined_records_total.inc();
        context_.observer.on_quarantined(what, reason);
    }
    {
        const auto lock = thread_.lock();
        published_ = totals_;
    }
    keep_and_announce(done);
    for (std::size_t i = 0; i < done.removals.size(); ++i)
        done.removals[i].done(std::move(done.removed[i]));
    for (auto& each : done.settlements)
        outbox_.add(each.home, std::move(each.done), {});
    for (auto& each : done.commits)
        outbox_.add(each.home, std::move(each.done), {});
    for (auto& each : done.lookups)
        complete<named_messages>(*each.home, std::move(each.done), std::move(each.found));
}

// Puts new messages into the cache, and reports new deliveries to the listener: they are durable
// now.
void committer::keep_and_announce(batch& done) {
    std::vector<delivery> announced;
    const auto take = [&announced](std::vector<delivery>& deliveries) {
        for (auto& each : deliveries) {
            each.entry = name_of_entry(each.due, each.recipients.front());
            announced.push_back(std::move(each));
        }
    };
    const auto keep = [&](submission& message) {
        context_.queue_counts.queue_enqueued_total.inc(
            static_cast<double>(message.mail.recipients.size())
        );
        take(message.deliveries);
        open_bodies_.erase(message.mail.id);
        if (message.mail.chunks > 1) return;
        auto stored = std::make_shared<stored_message>();
        stored->mail = std::move(message.mail);
        stored->states = std::move(message.states);
        stored->first_chunk = std::move(message.last_chunk);
        recent_.put(std::move(stored));
    };
    for (std::size_t i = 0; i < done.settlements.size(); ++i) {
        if (!done.applied[i]) continue;
        auto& end = done.settlements[i].end;
        // The cached message has no states of recipients, so a second attempt must read them.
        if (!end.again.empty()) recent_.drop(end.attempted.id);
        take(end.again);
        if (end.bounce) keep(*end.bounce);
    }
    take(done.rebuilt);
    for (auto& each : done.commits)
        keep(each.message);

    if (!announced.empty() && listener_) listener_(std::move(announced));
}

void committer::fail(batch& failed, const rocksdb::Status& why) {
    const errc reason = reason_of(why);
    // The failed batch may have survived: whether these messages are gone must be read from the
    // disk.
    for (const auto id : settlement_writer_.gone())
        recent_.drop(id);
    for (auto& each : failed.commits) {
        const auto& mail = each.message.mail;
        unconfirmed_commit left{
            .id = mail.id,
            .chunks = mail.chunks,
            .recipients = mail.recipients.size(),
            .bytes = mail.size,
            .entries = {},
            .tried = {},
            .names = {},
        };
        for (const auto& state : each.message.states)
            left.tried.push_back(state.index);
        for (const auto& name : each.message.names)
            left.names.push_back(name_key(name, failed.now));
        for (const auto& entry : each.message.deliveries)
            left.entries.push_back(key::of_new_entry(entry));
        unconfirmed_.push_back(std::move(left));
        outbox_.add(each.home, std::move(each.done), reason);
    }
    for (std::size_t i = 0; i < failed.settlements.size(); ++i) {
        failed.settlements[i].again = failed.settlements[i].again || failed.applied[i];
    }
    // The caller reads what is left when the store is open again.
    for (auto& each : failed.removals)
        each.done(reason);
    for (auto& each : failed.lookups)
        complete<named_messages>(*each.home, std::move(each.done), reason);
    move_before(waiting_.settlements, failed.settlements);
    move_before(waiting_.discards, failed.discards);
    move_before(waiting_.quarantines, failed.quarantines);
    close_handle(why);
}

}  // namespace kurir::queue
