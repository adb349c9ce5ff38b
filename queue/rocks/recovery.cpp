#include "queue/rocks/recovery.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "metrics/thread_heap.hpp"
#include "queue/backoff.hpp"
#include "queue/codec.hpp"
#include "queue/failpoint.hpp"
#include "queue/rocks/keys.hpp"

namespace kurir::queue {

using namespace std::chrono_literals;

namespace {

constexpr std::size_t piece_max = 1024;
// How often a piece that can't be read for the moment is tried before it counts as damaged, and how
// long in all that takes: two and a half minutes.
constexpr int tries_max = 20;
constexpr std::chrono::milliseconds try_pause_min = 40ms;
constexpr std::chrono::milliseconds try_pause_max = 10s;

}  // namespace

recovery::recovery(
    const queue::context& context,
    committer& writer,
    message_id newest,
    bool thorough,
    std::chrono::milliseconds down
)
    : context_(context), writer_(writer), newest_(newest), thorough_(thorough), down_(down) {}

void recovery::start(delivery_listener listener) {
    listener_ = std::move(listener);
    running_ = true;
    writer_.recovery_started();
    thread_.start([this] { run(); });
}

void recovery::stop() {
    thread_.stop();
}

void recovery::run() {
    metrics::claim_thread_heap();
    announce_all();
    sweep_incoming();
    if (thorough_) sweep_bodies();
}

void recovery::announce_all() {
    std::string after;
    piece next;
    while (!next.last) {
        next = {};
        const auto started = context_.options.steady();
        if (!read_piece(after, next)) {
            if (!pause()) return;
            continue;
        }
        context_.counts.store_operation_duration_seconds(metrics::store_op::scan)
            .observe(std::chrono::duration<double>(context_.options.steady() - started).count());
        for (auto& each : next.damaged) {
            const auto id = each.id;
            const bool first = damaged_.try_emplace(id, each).second;
            // Of the message's other damaged entries the recipients are unknown as well: what
            // replaces the first one replaces them.
            if (!first) {
                each.rebuild = false;
                writer_.submit(std::move(each));
            }
        }
        announced_ += next.found.size();
        if (!next.found.empty() && listener_) listener_(std::move(next.found));
        failpoint("piece_recovered");
        if (pause_ != closed_pause && !pause()) return;
        if (thread_.stopping()) return;
    }
    replace_damaged();
    writer_.recovery_ended();
    running_ = false;
    context_.observer.on_recovered(announced_);
}

// Reads the entries after `after`, and advances it. False if the store is closed at the moment.
bool recovery::read_piece(std::string& after, piece& next) {
    const auto open = context_.place.borrow();
    if (!open) return false;
    // The scan ends at a damaged block. Reading on without its checksum could end the process by an
    // assertion of RocksDB. The entries behind the block are rebuilt from their messages.
    const auto entries = open->scan(family::schedule);
    entries->Seek(after);
    if (entries->Valid() && entries->key() == after) entries->Next();
    for (std::size_t n = 0; n < piece_max && entries->Valid(); ++n, entries->Next()) {
        after = entries->key().ToString();
        take_entry(after, entries->value().ToStringView(), next);
    }
    next.last = !entries->Valid();
    if (entries->status().ok()) tries_ = 0;
    if (const auto status = entries->status(); !status.ok()) {
        context_.counts.store_errors_total(metrics::store_op::scan).inc();
        if (try_again(status)) {
            next.last = false;
            return true;
        }
        blocks_damaged_ = true;
        context_.observer.on_quarantined("schedule", status.ToString());
    }
    return true;
}

// True if a scan that ended with this status should continue where it ended, after a pause.
bool recovery::try_again(const rocksdb::Status& status) {
    if (!is_passing(status) || tries_ == tries_max) return false;
    if (tries_ == 0) context_.observer.on_unreadable(status.ToString());
    pause_ = std::min(try_pause_min * (1L << std::min(tries_, 10)), try_pause_max);
    ++tries_;
    return true;
}

void recovery::take_entry(std::string_view entry, std::string_view record, piece& next) {
    const auto at = parse_schedule_key(entry);
    if (!at) {
        next.damaged.push_back({"its key is malformed", {}, std::string(entry)});
        return;
    }
    if (at->id > newest_ || writer_.announced_meanwhile(std::string(entry))) return;
    auto waiting = decode_delivery(at->id, record);
    if (!waiting && waiting.error().code == errc::newer) {
        left_alone_.insert(at->id);
        context_.observer.on_newer(at->id.text(), waiting.error().text);
        return;
    }
    if (!waiting || waiting->recipients.front() != at->first_recipient) {
        const auto problem = waiting ? "first recipient is another one" : waiting.error().text;
        next.damaged.push_back(
            {"its record does not decode: " + problem, at->id, std::string(entry)}
        );
        return;
    }
    const auto& options = context_.options;
    const auto now = options.now();
    waiting->entry = name_of_entry(at->due, at->first_recipient);
    waiting->due = plausible_due(at->due - down_, now, options.pause_max, options.draw());
    if (waiting->due <= now && waiting->attempts > 0) {
        const auto within = static_cast<double>(options.spread.count()) * options.draw();
        waiting->due = now + std::chrono::milliseconds(std::llround(within));
    }
    next.found.push_back(std::move(*waiting));
}

// Replaces unreadable entries, using the other records of their messages. Finding the recipients
// that are in other entries needs a second scan of the schedule, which is rare enough.
void recovery::replace_damaged() {
    std::erase_if(damaged_, [&](const auto& each) { return left_alone_.contains(each.first); });
    if (damaged_.empty() && !blocks_damaged_) return;
    std::string after;
    for (bool last = false; !last;) {
        if ((!find_others(after, last) || pause_ != closed_pause) && !pause()) return;
        if (thread_.stopping()) return;
    }
    if (blocks_damaged_) find_missing();
    for (auto& [id, each] : damaged_)
        writer_.submit(std::move(each));
    damaged_.clear();
    others_.clear();
}

bool recovery::find_others(std::string& after, bool& last) {
    const auto open = context_.place.borrow();
    if (!open) return false;
    const auto entries = open->scan(family::schedule);
    entries->Seek(after);
    if (entries->Valid() && entries->key() == after) entries->Next();
    for (std::size_t n = 0; n < piece_max && entries->Valid(); ++n, entries->Next()) {
        after.assign(entries->key().data(), entries->key().size());
        const auto at = parse_schedule_key(after);
        if (!at || at->id > newest_) continue;
        const auto found = damaged_.find(at->id);
        if (found == damaged_.end() && !blocks_damaged_) continue;
        const auto other = decode_delivery(at->id, entries->value().ToStringView());
        if (!other || other->recipients.front() != at->first_recipient) continue;
        auto& named = found == damaged_.end() ? others_[at->id] : found->second.elsewhere;
        named.insert(other->recipients.begin(), other->recipients.end());
    }
    last = !entries->Valid() && !try_again(entries->status());
    return true;
}

// Entries in and behind a damaged block can't be read. So each message whose entries don't name all
// its recipients is checked.
void recovery::find_missing() {
    std::string after;
    bool last = false;
    while (!last) {
        last = !find_missing_behind(after);
        if (pause_ != closed_pause && !pause()) return;
        if (thread_.stopping()) return;
    }
}

// False if there are no more messages after `after`, which it advances.
bool recovery::find_missing_behind(std::string& after) {
    const auto open = context_.place.borrow();
    if (!open) return false;  // the next start finds the same
    const auto envelopes = open->scan(family::envelope);
    for (envelopes->Seek(after); envelopes->Valid(); envelopes->Next()) {
        after.assign(envelopes->key().data(), envelopes->key().size());
        const auto id = parse_id(envelopes->key().ToStringView());
        if (!id || *id > newest_ || damaged_.contains(*id) || left_alone_.contains(*id)) continue;
        const auto mail = decode_envelope(*id, envelopes->value().ToStringView());
        auto& named = others_[*id];
        if (!mail || named.size() >= mail->recipients.size()) continue;
        damaged_[*id] = {"an entry is missing", *id, {}, std::move(named), true, true};
    }
    return try_again(envelopes->status());
}

void recovery::sweep_incoming() {
    const auto open = context_.place.borrow();
    if (!open) return;  // they are swept by the next start
    const auto marks = open->scan(family::incoming);
    for (marks->SeekToFirst(); marks->Valid(); marks->Next()) {
        const auto id = parse_id(marks->key().ToStringView());
        if (!id || *id > newest_) continue;
        rocksdb::PinnableSlice ignored;
        const bool orphan =
            open->get(family::envelope, marks->key().ToStringView(), ignored).IsNotFound();
        if (orphan) discard(*open, *id);
    }
}

// Reads the key of each body, and of those of several chunks only the first.
void recovery::sweep_bodies() {
    const auto open = context_.place.borrow();
    if (!open) return;
    const auto bodies = open->scan(family::body);
    for (bodies->SeekToFirst(); bodies->Valid();) {
        const auto id = parse_id(bodies->key().ToStringView());
        if (!id || *id > newest_) return;
        rocksdb::PinnableSlice ignored;
        const bool orphan =
            open->get(family::envelope, key::of_envelope(*id).bytes(), ignored).IsNotFound();
        if (orphan) discard(*open, *id);
        bodies->Seek(key::of_envelope(message_id(id->value() + 1)).bytes());
        if (thread_.stopping()) return;
    }
}

void recovery::discard(const database& source, message_id id) {
    const auto chunks = source.scan(family::body);
    const key end = key::of_envelope(message_id(id.value() + 1));
    chunks->SeekForPrev(end.bytes());
    std::uint32_t count = 0;
    if (chunks->Valid() && parse_id(chunks->key().ToStringView()) == id) {
        count = parse_index(chunks->key().ToStringView()) + 1;
    }
    writer_.submit(discard_request{id, count});
    context_.queue_counts.queue_orphans_swept_total.inc();
}

// False if the thread was asked to stop meanwhile.
bool recovery::pause() {
    return thread_.pause(std::exchange(pause_, closed_pause));
}

}  // namespace kurir::queue
