#include "queue/rocks/bulk.hpp"

#include <algorithm>
#include <cassert>
#include <future>
#include <iterator>
#include <memory>

#include "queue/codec.hpp"
#include "queue/failpoint.hpp"
#include "queue/rocks/keys.hpp"

namespace kurir::queue {

using namespace std::chrono_literals;

namespace {

constexpr std::size_t piece_max = 8192;      // entries looked at while the database is borrowed
constexpr std::size_t part_max = 512;        // entries removed by one write: some milliseconds
constexpr std::size_t told_at_once = 65536;  // changes that the listener is told of together
constexpr auto closed_pause = 20ms;          // between looks at a store that is being reopened

rocksdb::Slice slice(std::string_view bytes) {
    return {bytes.data(), bytes.size()};
}

}  // namespace

bulk::bulk(const context& around, committer& writer, id_source& ids)
    : around_(around), writer_(writer), ids_(ids) {}

bulk::~bulk() {
    assert(!thread_.joinable());
}

void bulk::start(change_listener listener) {
    listener_ = std::move(listener);
    over_ = false;
    thread_ = std::thread([this] { run(); });
}

void bulk::stop() {
    std::deque<job> left;
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
        over_ = true;
        left.swap(waiting_);
    }
    wake_.notify_all();
    if (thread_.joinable()) thread_.join();
    for (auto& each : left) {
        each.progress.how = errc::closed;
        finish(each);
    }
}

void bulk::submit(
    bulk_order order, completion_queue& home, std::function<void(const bulk_progress&)> report
) {
    job next{.order = std::move(order), .home = &home, .report = std::move(report)};
    {
        const std::lock_guard lock(mutex_);
        if (!over_) {
            waiting_.push_back(std::move(next));
            wake_.notify_all();
            return;
        }
    }
    next.progress.how = errc::closed;
    finish(next);
}

void bulk::run() {
    std::unique_lock lock(mutex_);
    while (true) {
        wake_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
        if (stopping_) return;
        job now = std::move(waiting_.front());
        waiting_.pop_front();
        lock.unlock();
        carry_out(now);
        finish(now);
        lock.lock();
    }
}

void bulk::carry_out(job& now) {
    now.event_time = around_.options.now();
    now.event_number = ids_.next(now.event_time).value();
    const bool read =
        !now.order.which.needs_envelope() ||
        in_pieces([&](std::string& after, bool& last) { return read_envelopes(now, after, last); });
    const bool done = read && in_pieces([&](std::string& after, bool& last) {
                          items found;
                          if (!read_entries(now, after, found, last)) return false;
                          act(now, std::move(found));
                          if (now.progress.how) report(now);
                          last = last || !now.progress.how;
                          return true;
                      });
    if (!done) now.progress.how = errc::closed;
    tell(now, true);
    if (now.order.what == bulk_action::remove) return;
    // A message of several entries counts once.
    std::sort(now.seen.begin(), now.seen.end());
    const auto end = std::unique(now.seen.begin(), now.seen.end());
    now.progress.done.messages = static_cast<std::uint64_t>(end - now.seen.begin());
    now.progress.done.bytes = 0;
    std::for_each(now.seen.begin(), end, [&](const auto& each) {
        now.progress.done.bytes += each.second;
    });
}

// Calls `read_piece` until it says that it read the last one; pauses when it says that the store is
// closed at the moment. False if it was asked to stop meanwhile.
template <class Read>
bool bulk::in_pieces(Read read_piece) {
    std::string after;
    for (bool last = false; !last;) {
        if (stopping()) return false;
        if (!read_piece(after, last)) pause();
    }
    return true;
}

// Envelopes stand together in the order of ids: reading them all is much quicker than looking up
// the one of each entry.
bool bulk::read_envelopes(job& now, std::string& after, bool& last) const {
    const auto open = around_.place.borrow();
    if (!open) return false;
    const auto envelopes = open->scan(family::envelope);
    envelopes->Seek(slice(after));
    if (envelopes->Valid() && envelopes->key() == slice(after)) envelopes->Next();
    for (std::size_t n = 0; n < piece_max && envelopes->Valid(); ++n, envelopes->Next()) {
        after.assign(envelopes->key().data(), envelopes->key().size());
        const auto id = parse_id(after);
        if (!id) continue;
        const auto mail = decode_envelope(*id, envelopes->value().ToStringView());
        if (mail && now.order.which.fits(*mail)) now.candidates.push_back(*id);
    }
    last = !envelopes->Valid();
    return true;
}

// What is chosen of the entries behind `after`.
bool bulk::read_entries(const job& now, std::string& after, items& found, bool& last) const {
    const auto open = around_.place.borrow();
    if (!open) return false;
    const auto& which = now.order.which;
    const auto is_candidate = [&](message_id id) {
        if (which.id && id != *which.id) return false;
        return !which.needs_envelope() ||
               std::binary_search(now.candidates.begin(), now.candidates.end(), id);
    };
    const auto entries = open->scan(family::schedule);
    entries->Seek(slice(after));
    if (entries->Valid() && entries->key() == slice(after)) entries->Next();
    for (std::size_t n = 0; n < piece_max && entries->Valid(); ++n, entries->Next()) {
        after.assign(entries->key().data(), entries->key().size());
        const auto at = parse_schedule_key(after);
        if (!at || !is_candidate(at->id)) continue;
        auto entry = decode_delivery(at->id, entries->value().ToStringView());
        if (!entry || !which.fits(*entry)) continue;
        entry->due = at->due;
        entry->entry = name_of_entry(at->due, at->first_recipient);
        auto recipients = entry->recipients;
        found.push_back({std::move(*entry), std::move(recipients), which.takes_whole_messages()});
    }
    last = !entries->Valid();
    if (which.recipient) choose(*open, which, found);
    return true;
}

// Leaves those recipients that are chosen.
void bulk::choose(const database& from, const selection& which, items& found) {
    rocksdb::PinnableSlice record;
    for (auto& each : found) {
        const auto id = each.entry.id;
        each.recipients.clear();
        if (!from.get(family::envelope, key::of_envelope(id).bytes(), record).ok()) continue;
        const auto mail = decode_envelope(id, record.ToStringView());
        if (mail) each.recipients = which.chosen(each.entry, *mail);
    }
    std::erase_if(found, [](const auto& each) { return each.recipients.empty(); });
}

void bulk::act(job& now, items found) {
    if (now.order.what == bulk_action::remove) {
        remove(now, std::move(found));
        return;
    }
    for (auto& each : found) {
        ++now.progress.done.messages;
        now.progress.done.recipients += each.recipients.size();
        now.progress.done.bytes += each.entry.size;
        now.seen.emplace_back(each.entry.id, each.entry.size);
        if (now.order.what != bulk_action::flush) continue;
        each.entry.due = now.order.due;
        now.moved.push_back(std::move(each.entry));
    }
    tell(now, false);
}

void bulk::remove(job& now, items found) {
    while (!found.empty() && now.progress.how) {
        const auto rest =
            found.end() - static_cast<std::ptrdiff_t>(std::min(part_max, found.size()));
        items part(std::make_move_iterator(rest), std::make_move_iterator(found.end()));
        found.erase(rest, found.end());
        auto outcome = write(now, std::move(part));
        if (!outcome) {
            now.progress.how = outcome.error();
            return;
        }
        now.progress.done.messages += outcome->removed.messages;
        now.progress.done.recipients += outcome->removed.recipients;
        now.progress.done.bytes += outcome->removed.bytes;
        failpoint("part_removed");
        std::move(
            outcome->changes.begin(), outcome->changes.end(), std::back_inserter(now.removed)
        );
        tell(now, false);
    }
}

// A write that fails is tried again when the store is open: what it removed all the same is passed
// over then, and missing from the count.
result<remove_request::outcome> bulk::write(const job& now, items part) {
    while (true) {
        auto promise = std::make_shared<std::promise<result<remove_request::outcome>>>();
        auto outcome = promise->get_future();
        remove_request request;
        request.items = part;
        request.event_time = now.event_time;
        request.event_number = now.event_number;
        request.describe = [&now](const store_totals& more) {
            return now.order.by + " removed " +
                   std::to_string(now.progress.done.messages + more.messages) + " messages, " +
                   std::to_string(now.progress.done.recipients + more.recipients) +
                   " recipients: " + now.order.which.text();
        };
        request.done = [promise](auto how) { promise->set_value(std::move(how)); };
        writer_.submit(std::move(request));
        auto how = outcome.get();
        if (how || how.error() == errc::closed) return how;
        if (!pause()) return errc::closed;
    }
}

void bulk::tell(job& now, bool all) {
    const std::size_t enough = all ? 1 : told_at_once - piece_max;
    if (now.removed.size() >= enough) listener_.removed(std::exchange(now.removed, {}));
    if (now.moved.size() >= enough) listener_.moved(std::exchange(now.moved, {}));
}

void bulk::finish(job& now) {
    now.progress.over = true;
    report(now);
}

void bulk::report(const job& now) const {
    std::vector<std::function<void()>> one;
    one.emplace_back([told = now.report, progress = now.progress] { told(progress); });
    now.home->post(std::move(one));
}

bool bulk::stopping() const {
    const std::lock_guard lock(mutex_);
    return stopping_;
}

// False if it was asked to stop meanwhile.
bool bulk::pause() {
    std::unique_lock lock(mutex_);
    return !wake_.wait_for(lock, closed_pause, [this] { return stopping_; });
}

}  // namespace kurir::queue
