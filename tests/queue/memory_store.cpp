#include "tests/queue/memory_store.hpp"

#include <algorithm>
#include <set>

#include "queue/completing.hpp"

namespace tests {

namespace {

using queue::complete;

std::uint64_t next_owner(memory_queue& shared) {
    const std::lock_guard lock(shared.mutex);
    return ++shared.owners;
}

}  // namespace

memory_store::memory_store(memory_queue& shared) : shared_(shared), number_(next_owner(shared)) {}

memory_store::~memory_store() {
    close();
}

void memory_store::set_listener(queue::delivery_listener listener) {
    listener_ = std::move(listener);
}

void memory_store::set_change_listener(queue::change_listener listener) {
    changes_ = std::move(listener);
}

void memory_store::start() {
    const std::lock_guard lock(shared_.mutex);
    shared_.processes[number_] = {.since = shared_.now(), .seen = shared_.now()};
}

void memory_store::close() {
    const std::lock_guard lock(shared_.mutex);
    if (std::exchange(closed_, true)) return;
    shared_.processes.erase(number_);
    for (auto& [name, each] : shared_.entries) {
        if (each.owner == number_) each.owner = 0;
    }
}

void memory_store::die() {
    closed_ = true;
}

queue::store_state memory_store::state() const {
    if (closed_) return queue::store_state::closed;
    return pressure_ == queue::pressure::none ? queue::store_state::open : queue::store_state::full;
}

queue::store_totals memory_store::totals() const {
    const std::lock_guard lock(shared_.mutex);
    return shared_.totals;
}

queue::message_id memory_store::allocate() {
    const std::lock_guard lock(shared_.mutex);
    return queue::message_id(++shared_.last_id);
}

// --- messages

void memory_store::append(
    queue::message_id id,
    std::uint32_t index,
    std::string bytes,
    home& home,
    queue::completion<void> done
) {
    if (closed_) return complete<void>(home, std::move(done), queue::errc::closed);
    {
        const std::lock_guard lock(shared_.mutex);
        shared_.arriving[id][index] = std::move(bytes);
    }
    complete<void>(home, std::move(done), {});
}

void memory_store::discard(queue::message_id id, std::uint32_t) {
    const std::lock_guard lock(shared_.mutex);
    shared_.arriving.erase(id);
}

void memory_store::commit(queue::submission message, home& home, queue::completion<void> done) {
    if (closed_) return complete<void>(home, std::move(done), queue::errc::closed);
    deliveries announced;
    queue::result<void> stored;
    {
        const std::lock_guard lock(shared_.mutex);
        const auto arrived = shared_.arriving.find(message.mail.id);
        const auto chunks = arrived == shared_.arriving.end() ? 0 : arrived->second.size();
        const auto is_given = [&](const auto& name) { return shared_.names.contains(name); };
        if (chunks + 1 != message.mail.chunks) {
            stored = queue::errc::failed;
        } else if (message.names_are_new && std::ranges::any_of(message.names, is_given)) {
            stored = queue::errc::known;
        } else {
            put(std::move(message), announced);
        }
    }
    announce(std::move(announced));
    complete<void>(home, std::move(done), stored);
}

void memory_store::put(queue::submission message, deliveries& announced) {
    const auto id = message.mail.id;
    memory_queue::message made;
    made.progress.extent = queue::extent_of(message.mail);
    if (auto body = shared_.arriving.extract(id)) made.chunks = std::move(body.mapped());
    made.chunks[message.mail.chunks - 1] = std::move(message.last_chunk);
    add(shared_.totals, message.mail);
    made.mail = std::move(message.mail);
    for (auto& each : message.states)
        made.states.emplace(each.index, std::move(each));
    for (auto& each : message.names)
        shared_.names[std::move(each)] = id;
    shared_.messages.emplace(id, std::move(made));
    for (auto& each : message.deliveries)
        put_entry(std::move(each), announced);
}

void memory_store::find_names(
    std::vector<std::string> names, home& home, queue::completion<queue::named_messages> done
) {
    if (closed_) return complete<queue::named_messages>(home, std::move(done), queue::errc::closed);
    queue::named_messages found;
    {
        const std::lock_guard lock(shared_.mutex);
        for (const auto& each : names) {
            const auto known = shared_.names.find(each);
            found.push_back(
                known == shared_.names.end() ? std::nullopt : std::optional(known->second)
            );
        }
    }
    complete<queue::named_messages>(home, std::move(done), std::move(found));
}

// What an operator holds is nobody's.
void memory_store::put_entry(queue::delivery waiting, deliveries& announced) {
    waiting.entry = queue::entry_id(++shared_.last_entry);
    waiting.fence = queue::first_fence;
    auto& made = shared_.entries[waiting.entry];
    made.waiting = std::move(waiting);
    if (made.waiting.due <= shared_.now() && !made.waiting.terms->hold) own(made, announced);
}

void memory_store::read(queue::message_id id, home& home, queue::completion<message_pointer> done) {
    if (closed_) return complete<message_pointer>(home, std::move(done), queue::errc::closed);
    queue::result<message_pointer> found = queue::errc::not_found;
    {
        const std::lock_guard lock(shared_.mutex);
        if (auto stored = stored_envelope(id)) {
            stored->first_chunk = shared_.messages.at(id).chunks.at(0);
            found = message_pointer(std::move(stored));
        }
    }
    complete(home, std::move(done), std::move(found));
}

std::shared_ptr<queue::stored_message> memory_store::stored_envelope(queue::message_id id) const {
    const auto at = shared_.messages.find(id);
    if (at == shared_.messages.end()) return nullptr;
    auto stored = std::make_shared<queue::stored_message>();
    stored->mail = at->second.mail;
    for (const auto& [index, state] : at->second.states)
        stored->states.push_back(state);
    return stored;
}

void memory_store::read_envelopes(
    std::vector<queue::message_id> ids, home& home, queue::completion<queue::stored_envelopes> done
) {
    if (closed_)
        return complete<queue::stored_envelopes>(home, std::move(done), queue::errc::closed);
    queue::stored_envelopes found;
    {
        const std::lock_guard lock(shared_.mutex);
        for (const auto id : ids)
            found.push_back(stored_envelope(id));
    }
    complete<queue::stored_envelopes>(home, std::move(done), std::move(found));
}

void memory_store::read_chunk(
    queue::message_id id, std::uint32_t index, home& home, queue::completion<std::string> done
) {
    if (closed_) return complete<std::string>(home, std::move(done), queue::errc::closed);
    queue::result<std::string> found = queue::errc::not_found;
    {
        const std::lock_guard lock(shared_.mutex);
        const auto at = shared_.messages.find(id);
        if (at != shared_.messages.end() && at->second.chunks.contains(index)) {
            found = at->second.chunks.at(index);
        }
    }
    complete(home, std::move(done), std::move(found));
}

// --- ends of attempts

void memory_store::settle(queue::settlement end, home& home, queue::completion<void> done) {
    if (closed_) return complete<void>(home, std::move(done), queue::errc::closed);
    deliveries announced;
    queue::result<void> outcome;
    {
        const std::lock_guard lock(shared_.mutex);
        outcome = settle_now(std::move(end), announced);
    }
    announce(std::move(announced));
    complete<void>(home, std::move(done), outcome);
}

std::optional<queue::entry_facts> memory_store::facts_of(queue::entry_id name) const {
    if (const auto at = shared_.entries.find(name); at != shared_.entries.end()) {
        return queue::entry_facts{.fence = at->second.waiting.fence, .there = true};
    }
    if (const auto at = shared_.settled.find(name); at != shared_.settled.end()) {
        return queue::entry_facts{.fence = at->second, .there = false};
    }
    return std::nullopt;
}

queue::result<void> memory_store::settle_now(queue::settlement end, deliveries& announced) {
    std::vector<queue::entry_id> held;
    const auto look_at = [&](const queue::delivery& each) {
        const auto name = each.entry.is_given() ? each.entry : name_of_withheld(each);
        const auto standing = queue::standing_of(each.fence, facts_of(name));
        if (standing == queue::standing::held) held.push_back(name);
        return standing != queue::standing::lost;
    };
    if (!look_at(end.attempted)) return queue::errc::lost;
    if (!std::ranges::all_of(end.others, look_at)) return queue::errc::lost;
    if (held.empty()) return {};
    for (const auto name : held) {
        shared_.settled[name] = shared_.entries.at(name).waiting.fence;
        shared_.entries.erase(name);
    }
    const auto at = shared_.messages.find(end.attempted.id);
    if (at == shared_.messages.end()) return {};
    write_end(end, at->second);
    if (at->second.progress.gone) {
        shared_.messages.erase(at);
    } else {
        for (auto& each : end.again)
            put_entry(std::move(each), announced);
        if (end.withheld) withhold(std::move(*end.withheld));
    }
    if (end.bounce) put(std::move(*end.bounce), announced);
    if (end.event) shared_.events.push_back(*end.event);
    return {};
}

// This owner goes on having it, by the same claim.
void memory_store::withhold(queue::delivery waiting) {
    waiting.entry = queue::entry_id(++shared_.last_entry);
    auto& made = shared_.entries[waiting.entry];
    made.waiting = std::move(waiting);
    made.owner = number_;
    made.lease_end = shared_.now() + shared_.lease;
}

queue::entry_id memory_store::name_of_withheld(const queue::delivery& attempted) const {
    for (const auto& [name, each] : shared_.entries) {
        const bool same = each.waiting.id == attempted.id && each.waiting.due == attempted.due;
        if (same && queue::is_rest_of(each.waiting, attempted)) return name;
    }
    return {};
}

void memory_store::write_end(queue::settlement& end, memory_queue::message& message) {
    const auto effect = queue::finish(end, message.progress);
    subtract(shared_.totals, effect, message.progress.extent);
    for (const auto recipient : end.finished)
        message.states.erase(recipient);
    for (const auto& state : end.unfinished)
        message.states[state.index] = state;
}

// --- the whole queue

void memory_store::bulk(
    queue::bulk_order order, home& home, std::function<void(const queue::bulk_progress&)> report
) {
    queue::bulk_progress progress;
    std::vector<queue::removal> removed;
    deliveries moved;
    {
        const std::lock_guard lock(shared_.mutex);
        const auto before = shared_.totals;
        std::set<queue::message_id> seen;
        for (auto& each : chosen_by(order)) {
            const auto id = each.entry.id;
            if (order.action == queue::bulk_action::remove) {
                removed.push_back(remove(each));
                continue;
            }
            progress.done.recipients += each.recipients.size();
            if (seen.insert(id).second) progress.done.bytes += each.entry.size;
            if (order.action != queue::bulk_action::flush) continue;
            shared_.entries.at(each.entry.entry).waiting.due = order.due;
            each.entry.due = order.due;
            moved.push_back(std::move(each.entry));
        }
        progress.done.messages = seen.size();
        if (order.action == queue::bulk_action::remove) {
            progress.done.messages = before.messages - shared_.totals.messages;
            progress.done.recipients = before.recipients - shared_.totals.recipients;
            progress.done.bytes = before.bytes - shared_.totals.bytes;
        }
    }
    if (!removed.empty()) changes_.removed(std::move(removed));
    if (!moved.empty()) changes_.moved(std::move(moved));
    progress.over = true;
    if (closed_) progress.outcome = queue::errc::closed;
    std::vector<std::function<void()>> completions;
    completions.emplace_back([report = std::move(report), progress] { report(progress); });
    home.post(std::move(completions));
}

std::vector<queue::entry_removal> memory_store::chosen_by(const queue::bulk_order& order) const {
    std::vector<queue::entry_removal> all;
    const auto& wanted = order.selection;
    for (const auto& [name, each] : shared_.entries) {
        const auto& waiting = each.waiting;
        const auto at = shared_.messages.find(waiting.id);
        if (at == shared_.messages.end()) continue;
        if (wanted.id && waiting.id != *wanted.id) continue;
        if (!wanted.fits(waiting)) continue;
        if (wanted.needs_envelope() && !wanted.fits(at->second.mail)) continue;
        auto recipients =
            wanted.recipient ? wanted.chosen(waiting, at->second.mail) : waiting.recipients;
        if (recipients.empty()) continue;
        all.push_back({waiting, std::move(recipients), wanted.takes_whole_messages()});
    }
    return all;
}

queue::removal memory_store::remove(const queue::entry_removal& removal) {
    const auto name = removal.entry.entry;
    queue::removal change{.id = removal.entry.id, .entry = name, .message_gone = true};
    const auto at = shared_.messages.find(removal.entry.id);
    if (at == shared_.messages.end()) {
        shared_.entries.erase(name);
        return change;
    }
    auto end = queue::settlement_of(removal, at->second.progress.extent);
    write_end(end, at->second);
    auto rest = queue::rest_of(removal.entry, at->second.progress);
    change.message_gone = at->second.progress.gone;
    if (change.message_gone) shared_.messages.erase(at);
    if (rest) {
        change.left = rest->recipients;
        change.left_entry = name;
        shared_.entries.at(name).waiting = std::move(*rest);
    } else {
        shared_.entries.erase(name);
    }
    return change;
}

}  // namespace tests
