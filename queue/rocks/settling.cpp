#include "queue/rocks/settling.hpp"

#include <algorithm>
#include <memory>
#include <numeric>

#include "queue/codec.hpp"
#include "queue/rebuild.hpp"

namespace kurir::queue {

namespace {

void take(std::uint64_t& from, std::uint64_t amount) {
    from -= std::min(from, amount);
}

rocksdb::Slice slice(std::string_view bytes) {
    return {bytes.data(), bytes.size()};
}

// Takes the recipients in `finished` out of `deliveries`, and those that then have none.
void prune(std::vector<delivery>& deliveries, const std::set<std::uint32_t>& finished) {
    for (auto& each : deliveries)
        std::erase_if(each.recipients, [&](std::uint32_t one) { return finished.contains(one); });
    std::erase_if(deliveries, [](const delivery& each) { return each.recipients.empty(); });
}

}  // namespace

void settling::begin(const database& in) {
    in_ = &in;
    messages_.clear();
    gone_.clear();
    quarantined_.clear();
}

rocksdb::Status settling::apply(settlement& end, bool again, store_totals& totals, bool& applied) {
    const auto before = totals;
    to_.mark();
    auto status = try_to_apply(end, again, totals, applied);
    to_.keep_or_drop(status.ok());
    if (!status.ok()) totals = before;
    return status;
}

rocksdb::Status settling::try_to_apply(
    settlement& end, bool again, store_totals& totals, bool& applied
) {
    const auto id = end.attempted.id;
    progress* message = nullptr;
    if (auto status = find(id, totals, message); !status.ok()) return status;
    if (message == nullptr || message->gone) {
        // Also the way to get rid of an entry whose message is gone. If nothing of it could be
        // read, the entry stays: after a restart the message is tried again, rather than never.
        const bool hidden = message != nullptr && message->hidden;
        if (!again && !hidden) {
            to_.erase_entry(key::of_entry(end.attempted));
            for (const auto& other : end.others)
                to_.erase_entry(key::of_entry(other));
        }
        applied = again;
        return {};
    }

    // The usual end needs no look at the disk: the first attempt of all recipients finished them
    // all.
    const bool at_once = end.attempted.attempts == 0 && end.others.empty() &&
                         end.finished.size() == message->recipients && !message->loaded &&
                         !trimmed_.contains(id);
    std::vector<key> entries;
    if (at_once) {
        entries.push_back(key::of_entry(end.attempted));
    } else {
        if (auto status = entries_of(end, *message, entries); !status.ok()) return status;
        applied = again;
        if (entries.empty()) return {};
        if (auto status = load(id, *message); !status.ok()) return status;
    }
    for (const auto& entry : entries) {
        to_.erase_entry(entry);
        message->settled.emplace(entry.bytes());
    }
    finish(end, *message, totals);
    prune(end.again, message->finished);
    if (!message->gone) {
        for (const auto& each : end.again)
            to_.put_entry(each);
        put_withheld(end, *message);
    }
    if (end.bounce) {
        to_.put_message(*end.bounce);
        ++totals.messages;
        totals.recipients += end.bounce->mail.recipients.size();
        totals.bytes += end.bounce->mail.size;
    }
    applied = true;
    return {};
}

void settling::put_withheld(const settlement& end, const progress& message) {
    if (!end.withheld) return;
    std::vector<delivery> one{*end.withheld};
    prune(one, message.finished);
    if (!one.empty()) to_.put_entry(one.front());
}

void settling::remove_entry(
    const remove_request::item& item, store_totals& totals, remove_request::outcome& outcome
) {
    const auto id = item.entry.id;
    const key entry = key::of_entry(item.entry);
    progress* message = nullptr;
    if (!find(id, totals, message).ok()) return;
    bool there = false;
    const auto known = message != nullptr ? *message : progress();
    if (!scheduled(known, entry, there).ok() || !there) return;
    if (message != nullptr && !message->gone && !load(id, *message).ok()) return;
    removal change{
        .id = id,
        .entry = item.entry.entry,
        .first_recipient = item.entry.recipients.front(),
    };
    to_.erase_entry(entry);
    if (message != nullptr && !message->gone) {
        message->settled.emplace(entry.bytes());
        settlement end;
        end.attempted = item.entry;
        end.finished = item.recipients;
        if (item.whole) {
            end.finished.resize(message->recipients);
            std::iota(end.finished.begin(), end.finished.end(), 0);
        }
        const auto before = totals;
        finish(end, *message, totals);
        outcome.removed.messages += before.messages - totals.messages;
        outcome.removed.recipients += before.recipients - totals.recipients;
        outcome.removed.bytes += before.bytes - totals.bytes;
    }
    change.message_gone = message == nullptr || message->gone;
    if (!change.message_gone) {
        std::vector<delivery> rest{item.entry};
        rest[0].due = rest[0].entry;
        prune(rest, message->finished);
        if (!rest.empty()) {
            to_.put_entry(rest[0]);
            message->settled.erase(std::string(key::of_new_entry(rest[0]).bytes()));
            change.left = std::move(rest[0].recipients);
        }
        trimmed_.insert(id);
    }
    outcome.changes.push_back(std::move(change));
}

rocksdb::Status settling::quarantine(message_id id, store_totals& totals) {
    rocksdb::PinnableSlice record;
    auto status = in_->get(family::envelope, key::of_envelope(id).bytes(), record);
    if (is_passing(status)) return status;
    bool found = false;
    to_.mark();
    const auto moved = move_to_quarantine(id, found);
    to_.keep_or_drop(moved.ok());
    if (!moved.ok()) return moved;
    if (!found) {
        if (status.ok() || status.IsNotFound()) return {};
        messages_[id].gone = true;
        messages_[id].hidden = true;
        return {};
    }
    take(totals.messages, 1);
    if (status.ok()) {
        if (const auto mail = decode_envelope(id, record.ToStringView()); mail) {
            take(totals.recipients, mail->recipients.size());
            take(totals.bytes, mail->size);
        }
    }
    messages_[id].gone = true;
    gone_.push_back(id);
    quarantined_.push_back(id);
    return {};
}

rocksdb::Status settling::move_to_quarantine(message_id id, bool& found) {
    const key prefix = key::of_envelope(id);
    for (const auto which : {family::envelope, family::body, family::recipient}) {
        const auto records = in_->scan(which);
        for (records->Seek(slice(prefix.bytes())); records->Valid(); records->Next()) {
            if (!records->key().starts_with(slice(prefix.bytes()))) break;
            to_.quarantine(which, records->key().ToStringView(), records->value().ToStringView());
            found = true;
        }
        if (is_passing(records->status())) return records->status();
    }
    return {};
}

rocksdb::Status settling::quarantine_entry(
    const quarantine_request& damaged, time_point now, std::vector<delivery>& rebuilt, bool& done
) {
    done = false;
    rocksdb::PinnableSlice record;
    if (!damaged.missing) {
        auto status = in_->get(family::schedule, damaged.entry, record);
        if (status.IsNotFound()) return {};
        if (is_passing(status)) return status;
        if (!status.ok()) record.Reset();  // its block is damaged, too
    }
    std::vector<delivery> made;
    if (damaged.rebuild) {
        if (auto status = read_rebuilt(damaged, now, made); !status.ok()) return status;
    }
    if (!damaged.missing) {
        to_.quarantine(family::schedule, damaged.entry, record.ToStringView());
    }
    done = !damaged.missing || !made.empty();
    for (auto& each : made) {
        to_.put_entry(each);
        rebuilt.push_back(std::move(each));
    }
    return {};
}

// The entries that a damaged one needs in its place. None if no recipient does.
rocksdb::Status settling::read_rebuilt(
    const quarantine_request& damaged, time_point now, std::vector<delivery>& made
) const {
    const auto id = damaged.id;
    rocksdb::PinnableSlice record;
    auto status = in_->get(family::envelope, key::of_envelope(id).bytes(), record);
    if (is_passing(status)) return status;
    if (!status.ok()) return {};
    const auto mail = decode_envelope(id, record.ToStringView());
    if (!mail) return {};
    auto elsewhere = damaged.elsewhere;
    std::vector<recipient_state> tried;
    const key prefix = key::of_envelope(id);
    const auto records = in_->scan(family::recipient);
    for (records->Seek(slice(prefix.bytes())); records->Valid(); records->Next()) {
        if (!records->key().starts_with(slice(prefix.bytes()))) break;
        const auto index = parse_index(records->key().ToStringView());
        auto state = decode_recipient(id, index, records->value().ToStringView());
        if (state && state->finished) elsewhere.insert(index);
        if (state && !state->finished) tried.push_back(std::move(state->state));
    }
    if (is_passing(records->status())) return records->status();
    made = rebuilt_entries(*mail, tried, elsewhere, now);
    return {};
}

// Null: there is no such message, or it can't be read and goes to quarantine.
rocksdb::Status settling::find(message_id id, store_totals& totals, progress*& found) {
    found = nullptr;
    if (const auto known = messages_.find(id); known != messages_.end()) {
        found = &known->second;
        return {};
    }
    progress message;
    if (const auto recent = recent_.find(id)) {
        message.recipients = static_cast<std::uint32_t>(recent->mail.recipients.size());
        message.chunks = recent->mail.chunks;
        message.size = recent->mail.size;
    } else {
        rocksdb::PinnableSlice record;
        auto status = in_->get(family::envelope, key::of_envelope(id).bytes(), record);
        if (status.IsNotFound()) return {};
        if (is_passing(status)) return status;
        const auto mail = status.ok() ? decode_envelope(id, record.ToStringView()) : errc::corrupt;
        if (!mail) {
            status = quarantine(id, totals);
            const auto left = messages_.find(id);
            if (left != messages_.end()) found = &left->second;
            return status;
        }
        message.recipients = static_cast<std::uint32_t>(mail->recipients.size());
        message.chunks = mail->chunks;
        message.size = mail->size;
    }
    found = &messages_.emplace(id, std::move(message)).first->second;
    return {};
}

void settling::forget_gone() {
    for (const auto id : gone_)
        trimmed_.erase(id);
}

rocksdb::Status settling::load(message_id id, progress& message) {
    if (message.loaded) return {};
    if (message.recipients == 1) {
        message.tried.insert(0);  // erasing what is not there does no harm, and saves the look
        message.loaded = true;
        return {};
    }
    const key prefix = key::of_envelope(id);
    const auto records = in_->scan(family::recipient);
    for (records->Seek(slice(prefix.bytes())); records->Valid(); records->Next()) {
        if (!records->key().starts_with(slice(prefix.bytes()))) break;
        const auto index = parse_index(records->key().ToStringView());
        const auto record = decode_recipient(id, index, records->value().ToStringView());
        // An unreadable state is taken for an unfinished recipient: rather twice than never.
        auto& known = record && record->finished ? message.finished : message.tried;
        known.insert(index);
    }
    if (is_passing(records->status())) return records->status();
    message.loaded = true;
    return {};
}

rocksdb::Status settling::scheduled(const progress& message, const key& entry, bool& there) const {
    there = false;
    if (message.settled.contains(entry.bytes())) return {};
    rocksdb::PinnableSlice ignored;
    auto status = in_->get(family::schedule, entry.bytes(), ignored);
    if (is_passing(status)) return status;
    there = !status.IsNotFound();
    return {};
}

// The entries that `end` ends and that are still there.
rocksdb::Status settling::entries_of(
    const settlement& end, const progress& message, std::vector<key>& found
) const {
    std::optional<key> entry;
    if (auto status = entry_of(end.attempted, message, entry); !status.ok()) return status;
    if (entry) found.push_back(*entry);
    for (const auto& other : end.others) {
        entry.reset();
        if (auto status = entry_of(other, message, entry); !status.ok()) return status;
        if (entry) found.push_back(*entry);
    }
    return {};
}

// The entry of an attempted delivery, or what a removal meanwhile left of it.
rocksdb::Status settling::entry_of(
    const delivery& attempted, const progress& message, std::optional<key>& found
) const {
    const key entry = key::of_entry(attempted);
    bool there = false;
    if (auto status = scheduled(message, entry, there); !status.ok()) return status;
    if (there) found = entry;
    if (there || !trimmed_.contains(attempted.id)) return {};
    const auto entries = in_->scan(family::schedule);
    const auto prefix = slice(entry.bytes().substr(0, entry.bytes().size() - 4));
    for (entries->Seek(prefix); entries->Valid(); entries->Next()) {
        if (!entries->key().starts_with(prefix)) break;
        const auto left = decode_delivery(attempted.id, entries->value().ToStringView());
        const auto& all = attempted.recipients;
        const bool is_rest =
            left && left->attempts == attempted.attempts &&
            std::includes(all.begin(), all.end(), left->recipients.begin(), left->recipients.end());
        if (!is_rest) continue;
        const auto at = parse_schedule_key(entries->key().ToStringView());
        const key rest = key::of_schedule(at->due, at->id, at->first_recipient);
        if (message.settled.contains(rest.bytes())) continue;
        found = rest;
        return {};
    }
    return is_passing(entries->status()) ? entries->status() : rocksdb::Status();
}

void settling::finish(const settlement& end, progress& message, store_totals& totals) {
    const auto id = end.attempted.id;
    const auto before = message.finished.size();
    for (const auto recipient : end.finished) {
        if (recipient < message.recipients) message.finished.insert(recipient);
    }
    take(totals.recipients, message.finished.size() - before);
    if (message.finished.size() == message.recipients) {
        remove(id, message, totals);
        return;
    }
    for (const auto recipient : end.finished) {
        to_.put_finished(id, recipient);
        message.tried.erase(recipient);
    }
    for (const auto& state : end.unfinished) {
        if (message.finished.contains(state.index)) continue;
        to_.put_state(id, state);
        message.tried.insert(state.index);
    }
}

void settling::remove(message_id id, progress& message, store_totals& totals) {
    to_.erase_message(id, message.chunks);
    if (message.loaded) {
        for (const auto recipient : message.tried)
            to_.erase_recipient(id, recipient);
        if (message.recipients > 1) {
            for (const auto recipient : message.finished)
                to_.erase_recipient(id, recipient);
        }
    }
    take(totals.messages, 1);
    take(totals.bytes, message.size);
    message.gone = true;
    gone_.push_back(id);
}

}  // namespace kurir::queue
