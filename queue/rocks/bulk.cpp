#include "queue/rocks/bulk.hpp"

#include <algorithm>
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

}  // namespace

bulk::bulk(const queue::context& context, committer& writer, id_source& ids)
    : context_(context), writer_(writer), ids_(ids) {}

void bulk::start(change_listener listener) {
    listener_ = std::move(listener);
    thread_.start([this] { run(); });
}

void bulk::stop() {
    thread_.stop();
    for (auto& each : waiting_) {
        each.progress.outcome = errc::closed;
        finish(each);
    }
    waiting_.clear();
}

void bulk::submit(
    bulk_order order, completion_queue& home, std::function<void(const bulk_progress&)> report
) {
    job next{.order = std::move(order), .home = &home, .report = std::move(report)};
    {
        const auto lock = thread_.lock();
        if (thread_.active(lock)) {
            waiting_.push_back(std::move(next));
            thread_.wake_one();
            return;
        }
    }
    next.progress.outcome = errc::closed;
    finish(next);
}

void bulk::run() {
    auto lock = thread_.lock();
    while (thread_.wait(lock, [this] { return !waiting_.empty(); })) {
        job current = std::move(waiting_.front());
        waiting_.pop_front();
        lock.unlock();
        carry_out(current);
        finish(current);
        lock.lock();
    }
}

void bulk::carry_out(job& current) {
    current.event_time = context_.options.now();
    current.event_number = ids_.next(current.event_time).value();
    const bool read =
        !current.order.selection.needs_envelope() || in_pieces([&](std::string& after, bool& last) {
            return read_envelopes(current, after, last);
        });
    const bool done = read && in_pieces([&](std::string& after, bool& last) {
                          items found;
                          if (!read_entries(current, after, found, last)) return false;
                          act(current, std::move(found));
                          if (current.progress.outcome) report(current);
                          last = last || !current.progress.outcome;
                          return true;
                      });
    if (!done) current.progress.outcome = errc::closed;
    tell(current, true);
    if (current.order.action == bulk_action::remove) return;
    // A message of several entries counts once.
    std::sort(current.seen.begin(), current.seen.end());
    const auto end = std::unique(current.seen.begin(), current.seen.end());
    current.progress.done.messages = static_cast<std::uint64_t>(end - current.seen.begin());
    current.progress.done.bytes = 0;
    std::for_each(current.seen.begin(), end, [&](const auto& each) {
        current.progress.done.bytes += each.second;
    });
}

// Calls `read_piece` until it has read the last piece; pauses while it reports the store as closed.
// False if the thread was asked to stop meanwhile.
template <class Read>
bool bulk::in_pieces(Read read_piece) {
    std::string after;
    for (bool last = false; !last;) {
        if (thread_.stopping()) return false;
        if (!read_piece(after, last)) thread_.pause(closed_pause);
    }
    return true;
}

// Envelopes are stored together, in the order of ids. Reading all of them is much faster than
// looking up one for each entry.
bool bulk::read_envelopes(job& current, std::string& after, bool& last) const {
    const auto open = context_.place.borrow();
    if (!open) return false;
    const auto envelopes = open->scan(family::envelope);
    envelopes->Seek(after);
    if (envelopes->Valid() && envelopes->key() == after) envelopes->Next();
    for (std::size_t n = 0; n < piece_max && envelopes->Valid(); ++n, envelopes->Next()) {
        after.assign(envelopes->key().data(), envelopes->key().size());
        const auto id = parse_id(after);
        if (!id) continue;
        const auto mail = decode_envelope(*id, envelopes->value().ToStringView());
        if (mail && current.order.selection.fits(*mail)) current.candidates.push_back(*id);
    }
    last = !envelopes->Valid();
    return true;
}

// Reads the entries after `after` and keeps those that the order selects.
bool bulk::read_entries(const job& current, std::string& after, items& found, bool& last) const {
    const auto open = context_.place.borrow();
    if (!open) return false;
    const auto& wanted = current.order.selection;
    const auto is_candidate = [&](message_id id) {
        if (wanted.id && id != *wanted.id) return false;
        return !wanted.needs_envelope() ||
               std::binary_search(current.candidates.begin(), current.candidates.end(), id);
    };
    const auto entries = open->scan(family::schedule);
    entries->Seek(after);
    if (entries->Valid() && entries->key() == after) entries->Next();
    for (std::size_t n = 0; n < piece_max && entries->Valid(); ++n, entries->Next()) {
        after.assign(entries->key().data(), entries->key().size());
        const auto at = parse_schedule_key(after);
        if (!at || !is_candidate(at->id)) continue;
        auto entry = decode_delivery(at->id, entries->value().ToStringView());
        if (!entry || !wanted.fits(*entry)) continue;
        entry->due = at->due;
        entry->entry = name_of_entry(at->due, at->first_recipient);
        auto recipients = entry->recipients;
        found.push_back({std::move(*entry), std::move(recipients), wanted.takes_whole_messages()});
    }
    last = !entries->Valid();
    if (wanted.recipient) choose(*open, wanted, found);
    return true;
}

// Keeps only the recipients that are selected.
void bulk::choose(const database& source, const selection& wanted, items& found) {
    rocksdb::PinnableSlice record;
    for (auto& each : found) {
        const auto id = each.entry.id;
        each.recipients.clear();
        if (!source.get(family::envelope, key::of_envelope(id).bytes(), record).ok()) continue;
        const auto mail = decode_envelope(id, record.ToStringView());
        if (mail) each.recipients = wanted.chosen(each.entry, *mail);
    }
    std::erase_if(found, [](const auto& each) { return each.recipients.empty(); });
}

void bulk::act(job& current, items found) {
    if (current.order.action == bulk_action::remove) {
        remove(current, std::move(found));
        return;
    }
    for (auto& each : found) {
        ++current.progress.done.messages;
        current.progress.done.recipients += each.recipients.size();
        current.progress.done.bytes += each.entry.size;
        current.seen.emplace_back(each.entry.id, each.entry.size);
        if (current.order.action != bulk_action::flush) continue;
        each.entry.due = current.order.due;
        current.moved.push_back(std::move(each.entry));
    }
    tell(current, false);
}

void bulk::remove(job& current, items found) {
    while (!found.empty() && current.progress.outcome) {
        const auto rest =
            found.end() - static_cast<std::ptrdiff_t>(std::min(part_max, found.size()));
        items part(std::make_move_iterator(rest), std::make_move_iterator(found.end()));
        found.erase(rest, found.end());
        auto outcome = write(current, std::move(part));
        if (!outcome) {
            current.progress.outcome = outcome.error();
            return;
        }
        current.progress.done.messages += outcome->removed.messages;
        current.progress.done.recipients += outcome->removed.recipients;
        current.progress.done.bytes += outcome->removed.bytes;
        failpoint("part_removed");
        std::move(
            outcome->changes.begin(), outcome->changes.end(), std::back_inserter(current.removed)
        );
        tell(current, false);
    }
}

// Retries a failed write when the store is open again. If the failed write did remove something,
// that is skipped then and missing from the count.
result<remove_request::outcome> bulk::write(const job& current, items part) {
    while (true) {
        auto promise = std::make_shared<std::promise<result<remove_request::outcome>>>();
        auto outcome = promise->get_future();
        remove_request request;
        request.items = part;
        request.event_time = current.event_time;
        request.event_number = current.event_number;
        request.describe = [&current](const store_totals& more) {
            return current.order.operator_name + " removed " +
                   std::to_string(current.progress.done.messages + more.messages) + " messages, " +
                   std::to_string(current.progress.done.recipients + more.recipients) +
                   " recipients: " + current.order.selection.text();
        };
        request.done = [promise](auto written) { promise->set_value(std::move(written)); };
        writer_.submit(std::move(request));
        auto written = outcome.get();
        if (written || written.error() == errc::closed) return written;
        if (!thread_.pause(closed_pause)) return errc::closed;
    }
}

void bulk::tell(job& current, bool all) {
    const std::size_t enough = all ? 1 : told_at_once - piece_max;
    if (current.removed.size() >= enough) listener_.removed(std::exchange(current.removed, {}));
    if (current.moved.size() >= enough) listener_.moved(std::exchange(current.moved, {}));
}

void bulk::finish(job& current) {
    current.progress.over = true;
    report(current);
}

void bulk::report(const job& current) const {
    std::vector<std::function<void()>> completions;
    completions.emplace_back([told = current.report, progress = current.progress] {
        told(progress);
    });
    current.home->post(std::move(completions));
}

}  // namespace kurir::queue
