#include "queue/rocks/settlement_writer.hpp"

#include <algorithm>
#include <chrono>
#include <memory>
#include <utility>

#include "queue/codec.hpp"
#include "queue/rebuild.hpp"

namespace kurir::queue {

namespace {

std::uint64_t less(std::uint64_t number, std::uint64_t amount) {
    return number - std::min(number, amount);
}

}  // namespace

void settlement_writer::begin(const database& source) {
    source_ = &source;
    messages_.clear();
    gone_.clear();
    quarantined_.clear();
}

read_result<settlement_writer::ending> settlement_writer::apply(
    settlement& end, bool again, store_totals& totals
) {
    const auto before = totals;
    output_.mark();
    auto ended = try_to_apply(end, again, totals);
    output_.keep_or_drop(!ended.failed());
    if (ended.failed()) totals = before;
    return ended;
}

read_result<settlement_writer::ending> settlement_writer::try_to_apply(
    settlement& end, bool again, store_totals& totals
) {
    const auto id = end.attempted.id;
    auto found = find(id, totals);
    if (found.failed()) return found.failure();
    const auto message = *found;
    const auto nothing_more = again ? ending::applied : ending::settled_before;
    if (message == nullptr || message->gone) {
        // This also removes an entry whose message is gone. If nothing of it could be read, the
        // entry stays: after a restart the message is tried again, rather than never.
        const bool hidden = message != nullptr && message->hidden;
        if (!again && !hidden) {
            output_.erase_entry(key::of_entry(end.attempted));
            for (const auto& other : end.others)
                output_.erase_entry(key::of_entry(other));
        }
        return nothing_more;
    }
    const bool untouched = !message->loaded && !trimmed_.contains(id);
    std::vector<key> entries;
    if (finishes_at_once(end, message->extent, untouched)) {
        entries.push_back(key::of_entry(end.attempted));
    } else {
        auto there = entries_of(end, *message);
        if (there.failed()) return there.failure();
        entries = std::move(*there);
        if (entries.empty()) return nothing_more;
        if (auto loaded = load(id, *message); loaded.failed()) return loaded.failure();
    }
    for (const auto& entry : entries) {
        output_.erase_entry(entry);
        message->settled.emplace(entry.bytes());
    }
    write_end(end, *message, totals);
    if (!message->gone) {
        put_again(end, *message);
        if (end.withheld) output_.put_entry(*end.withheld);
    }
    if (end.bounce) {
        output_.put_message(*end.bounce);
        add(totals, end.bounce->mail);
    }
    return ending::applied;
}

// A new entry never gets the name of a removed one. Otherwise a settlement that is applied twice
// would end the new entry, too.
void settlement_writer::put_again(settlement& end, const known_message& message) {
    for (auto& each : end.again) {
        while (message.settled.contains(key::of_new_entry(each).bytes()))
            each.due = stored_due(each.due) + std::chrono::milliseconds(1);
        output_.put_entry(each);
    }
}

read_result<bool> settlement_writer::remove_entry(
    const entry_removal& removal, store_totals& totals, remove_request::outcome& outcome
) {
    const auto id = removal.entry.id;
    const key entry = key::of_entry(removal.entry);
    auto found = find(id, totals);
    if (found.failed()) return found.failure();
    const auto message = *found;
    if (message != nullptr && message->hidden) return false;
    auto there = scheduled(message, entry);
    if (there.failed()) return there.failure();
    if (!*there) return false;
    queue::removal change{.id = id, .entry = removal.entry.entry};
    if (message == nullptr || message->gone) {
        output_.erase_entry(entry);
        change.message_gone = true;
        outcome.changes.push_back(std::move(change));
        return true;
    }
    if (auto loaded = load(id, *message); loaded.failed()) return loaded.failure();
    output_.erase_entry(entry);
    message->settled.emplace(entry.bytes());
    auto end = settlement_of(removal, message->extent);
    const auto before = totals;
    write_end(end, *message, totals);
    outcome.removed.messages += before.messages - totals.messages;
    outcome.removed.recipients += before.recipients - totals.recipients;
    outcome.removed.bytes += before.bytes - totals.bytes;
    change.message_gone = message->gone;
    if (!message->gone) {
        if (auto rest = rest_of(removal.entry, *message)) {
            output_.put_entry(*rest);
            message->settled.erase(std::string(key::of_new_entry(*rest).bytes()));
            change.left_entry = name_of_entry(rest->due, rest->recipients.front());
            change.left = std::move(rest->recipients);
        }
        trimmed_.insert(id);
    }
    outcome.changes.push_back(std::move(change));
    return true;
}

read_result<done> settlement_writer::quarantine(message_id id, store_totals& totals) {
    rocksdb::PinnableSlice record;
    auto envelope = look_up(*source_, family::envelope, key::of_envelope(id).bytes(), record);
    if (envelope.failed()) return envelope.failure();
    output_.mark();
    auto moved = move_to_quarantine(id);
    output_.keep_or_drop(!moved.failed());
    if (moved.failed()) return moved.failure();
    if (!*moved) {
        if (*envelope != record_state::damaged) return done{};
        messages_[id].gone = true;
        messages_[id].hidden = true;
        return done{};
    }
    totals.messages = less(totals.messages, 1);
    if (*envelope == record_state::found) {
        if (const auto mail = decode_envelope(id, record.ToStringView()); mail) {
            totals.recipients = less(totals.recipients, mail->recipients.size());
            totals.bytes = less(totals.bytes, mail->size);
        }
    }
    messages_[id].gone = true;
    gone_.push_back(id);
    quarantined_.push_back(id);
    return done{};
}

// False if the message has no record that can be read.
read_result<bool> settlement_writer::move_to_quarantine(message_id id) {
    const key prefix = key::of_envelope(id);
    bool found = false;
    for (const auto column : {family::envelope, family::body, family::recipient}) {
        auto all = scan_prefix(*source_, column, prefix.bytes(), [&](auto at, auto record) {
            output_.quarantine(column, at, record);
            found = true;
            return true;
        });
        if (all.failed()) return all.failure();
    }
    return found;
}

read_result<bool> settlement_writer::quarantine_entry(
    const quarantine_request& damaged, time_point now, std::vector<delivery>& rebuilt
) {
    rocksdb::PinnableSlice record;
    if (!damaged.missing) {
        auto entry = look_up(*source_, family::schedule, damaged.entry, record);
        if (entry.failed()) return entry.failure();
        if (*entry == record_state::absent) return false;
    }
    std::vector<delivery> made;
    if (damaged.rebuild) {
        auto replacing = read_rebuilt(damaged, now);
        if (replacing.failed()) return replacing.failure();
        if (!*replacing) return false;
        made = std::move(**replacing);
    }
    if (!damaged.missing) {
        output_.quarantine(family::schedule, damaged.entry, record.ToStringView());
    }
    const bool changed = !damaged.missing || !made.empty();
    for (auto& each : made) {
        output_.put_entry(each);
        rebuilt.push_back(std::move(each));
    }
    return changed;
}

// The entries that replace a damaged one: an empty list if no recipient needs one, and nothing if
// only a later version of the program can tell.
read_result<std::optional<std::vector<delivery>>> settlement_writer::read_rebuilt(
    const quarantine_request& damaged, time_point now
) const {
    const auto id = damaged.id;
    rocksdb::PinnableSlice record;
    auto found = look_up(*source_, family::envelope, key::of_envelope(id).bytes(), record);
    if (found.failed()) return found.failure();
    if (*found != record_state::found) return std::optional(std::vector<delivery>());
    const auto mail = decode_envelope(id, record.ToStringView());
    if (!mail && mail.error().code == errc::newer) return std::optional<std::vector<delivery>>();
    if (!mail) return std::optional(std::vector<delivery>());
    auto elsewhere = damaged.elsewhere;
    std::vector<recipient_state> tried;
    auto all = scan_prefix(
        *source_,
        family::recipient,
        key::of_envelope(id).bytes(),
        [&](auto at, auto bytes) {
            const auto index = parse_index(at);
            auto state = decode_recipient(id, index, bytes);
            if (state && state->finished) elsewhere.insert(index);
            if (state && !state->finished) tried.push_back(std::move(state->state));
            return true;
        }
    );
    if (all.failed()) return all.failure();
    return std::optional(rebuilt_entries(*mail, tried, elsewhere, now));
}

// Null: there is no such message.
read_result<settlement_writer::known_message*> settlement_writer::find(
    message_id id, store_totals& totals
) {
    const auto known = messages_.find(id);
    if (known != messages_.end()) return &known->second;
    known_message message;
    if (const auto recent = recent_.find(id)) {
        message.extent = extent_of(recent->mail);
        return &messages_.emplace(id, std::move(message)).first->second;
    }
    rocksdb::PinnableSlice record;
    auto found = look_up(*source_, family::envelope, key::of_envelope(id).bytes(), record);
    if (found.failed()) return found.failure();
    if (*found == record_state::absent) return nullptr;
    const auto mail = *found == record_state::found ? decode_envelope(id, record.ToStringView())
                                                    : decoded<envelope>(errc::corrupt);
    if (mail) {
        message.extent = extent_of(*mail);
        return &messages_.emplace(id, std::move(message)).first->second;
    }
    if (mail.error().code == errc::newer) {
        message.gone = message.hidden = true;
        return &messages_.emplace(id, std::move(message)).first->second;
    }
    // The record can't be read and goes to quarantine.
    if (auto moved = quarantine(id, totals); moved.failed()) return moved.failure();
    const auto left = messages_.find(id);
    return left != messages_.end() ? &left->second : nullptr;
}

void settlement_writer::forget_gone() {
    for (const auto id : gone_)
        trimmed_.erase(id);
}

read_result<done> settlement_writer::load(message_id id, known_message& message) {
    if (message.loaded) return done{};
    if (message.extent.recipients == 1) {
        message.note(0, false);  // erasing a missing record does no harm, and saves a read
        message.loaded = true;
        return done{};
    }
    auto all = scan_prefix(
        *source_,
        family::recipient,
        key::of_envelope(id).bytes(),
        [&](auto at, auto record) {
            const auto index = parse_index(at);
            const auto state = decode_recipient(id, index, record);
            message.note(index, state ? std::optional(state->finished) : std::nullopt);
            return true;
        }
    );
    message.loaded = !all.failed();
    return all;
}

// `message` is null if there is none.
read_result<bool> settlement_writer::scheduled(const known_message* message, const key& entry)
    const {
    if (message != nullptr && message->settled.contains(entry.bytes())) return false;
    rocksdb::PinnableSlice ignored;
    auto found = look_up(*source_, family::schedule, entry.bytes(), ignored);
    if (found.failed()) return found.failure();
    return *found != record_state::absent;
}

// The entries that `end` ends and that are still there.
read_result<std::vector<key>> settlement_writer::entries_of(
    const settlement& end, const known_message& message
) const {
    std::vector<key> found;
    auto entry = entry_of(end.attempted, message);
    if (entry.failed()) return entry.failure();
    if (*entry) found.push_back(**entry);
    for (const auto& other : end.others) {
        entry = entry_of(other, message);
        if (entry.failed()) return entry.failure();
        if (*entry) found.push_back(**entry);
    }
    return found;
}

// The entry of an attempted delivery, or what a removal meanwhile left of it.
read_result<std::optional<key>> settlement_writer::entry_of(
    const delivery& attempted, const known_message& message
) const {
    const key entry = key::of_entry(attempted);
    auto there = scheduled(&message, entry);
    if (there.failed()) return there.failure();
    if (*there) return std::optional(entry);
    std::optional<key> found;
    if (!trimmed_.contains(attempted.id)) return found;
    const auto same_time = entry.bytes().substr(0, entry.bytes().size() - 4);
    auto all = scan_prefix(*source_, family::schedule, same_time, [&](auto at, auto record) {
        const auto left = decode_delivery(attempted.id, record);
        if (!left || !is_rest_of(*left, attempted)) return true;
        const key rest = key::of_entry(
            name_of_entry(parse_schedule_key(at)->due, parse_index(at)), attempted.id
        );
        if (message.settled.contains(rest.bytes())) return true;
        found = rest;
        return false;
    });
    if (all.failed()) return all.failure();
    return found;
}

void settlement_writer::write_end(settlement& end, known_message& message, store_totals& totals) {
    const auto id = end.attempted.id;
    const auto effect = finish(end, message);
    subtract(totals, effect, message.extent);
    if (effect.message_ended) {
        erase(id, message);
        return;
    }
    for (const auto recipient : end.finished)
        output_.put_finished(id, recipient);
    for (const auto& state : end.unfinished)
        output_.put_state(id, state);
}

void settlement_writer::erase(message_id id, const known_message& message) {
    output_.erase_message(id, message.extent.chunks);
    if (message.loaded) {
        for (const auto recipient : message.tried)
            output_.erase_recipient(id, recipient);
        if (message.extent.recipients > 1) {
            for (const auto recipient : message.finished)
                output_.erase_recipient(id, recipient);
        }
    }
    gone_.push_back(id);
}

}  // namespace kurir::queue
