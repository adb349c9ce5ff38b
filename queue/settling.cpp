#include "queue/settling.hpp"

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

bool settling::apply(settlement& end, bool again, store_totals& totals) {
    const auto id = end.attempted.id;
    key entry = key::of_entry(end.attempted);
    bool unreadable = false;
    progress* message = find(id, totals, unreadable);
    // The entry stays: after a restart the message is tried again, rather than never.
    if (unreadable) return false;
    if (message == nullptr || message->gone) {
        // Also the way to get rid of an entry whose message is gone.
        if (!again) to_.erase_entry(entry);
        return again;
    }

    // The usual end needs no look at the disk: the first attempt of all recipients finished them
    // all.
    const bool at_once = end.attempted.attempts == 0 &&
                         end.finished.size() == message->recipients && !message->loaded &&
                         !trimmed_.contains(id);
    if (!at_once) {
        const auto found = entry_of(end, *message);
        if (!found) return again;
        entry = *found;
        load(id, *message);
    }
    to_.erase_entry(entry);
    message->settled.emplace(entry.bytes());
    finish(end, *message, totals);
    prune(end.again, message->finished);
    if (!message->gone) {
        for (const auto& each : end.again)
            to_.put_entry(each);
    }
    if (end.bounce) {
        to_.put_message(*end.bounce);
        ++totals.messages;
        totals.recipients += end.bounce->mail.recipients.size();
        totals.bytes += end.bounce->mail.size;
    }
    return true;
}

void settling::remove_entry(
    const remove_request::item& item, store_totals& totals, remove_request::outcome& outcome
) {
    const auto id = item.entry.id;
    const key entry = key::of_entry(item.entry);
    bool unreadable = false;
    progress* message = find(id, totals, unreadable);
    if (unreadable || !scheduled(message != nullptr ? *message : progress(), entry)) return;
    removal change{
        .id = id,
        .entry = item.entry.entry,
        .first_recipient = item.entry.recipients.front(),
    };
    to_.erase_entry(entry);
    if (message != nullptr && !message->gone) {
        load(id, *message);
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

bool settling::quarantine(message_id id, store_totals& totals) {
    const key prefix = key::of_envelope(id);
    bool found = false;
    for (const auto which : {family::envelope, family::body, family::recipient}) {
        const auto records = in_->scan(which);
        const rocksdb::Slice start(prefix.bytes().data(), prefix.bytes().size());
        for (records->Seek(start); records->Valid(); records->Next()) {
            if (!records->key().starts_with(start)) break;
            to_.quarantine(which, records->key().ToStringView(), records->value().ToStringView());
            found = true;
        }
    }
    if (!found) return false;
    take(totals.messages, 1);
    rocksdb::PinnableSlice record;
    if (in_->get(family::envelope, prefix.bytes(), record).ok()) {
        if (const auto mail = decode_envelope(id, record.ToStringView()); mail) {
            take(totals.recipients, mail->recipients.size());
            take(totals.bytes, mail->size);
        }
    }
    messages_[id].gone = true;
    gone_.push_back(id);
    quarantined_.push_back(id);
    return true;
}

bool settling::quarantine_entry(
    const quarantine_request& damaged, time_point now, std::vector<delivery>& rebuilt
) {
    rocksdb::PinnableSlice record;
    if (!damaged.missing) {
        const auto status = in_->get(family::schedule, damaged.entry, record);
        if (status.IsNotFound()) return false;
        if (!status.ok()) record.Reset();  // its block can't be read either
        to_.quarantine(family::schedule, damaged.entry, record.ToStringView());
    }
    return !damaged.rebuild || rebuild(damaged, now, rebuilt) || !damaged.missing;
}

// False if no recipient needs an entry.
bool settling::rebuild(
    const quarantine_request& damaged, time_point now, std::vector<delivery>& rebuilt
) {
    const auto id = damaged.id;
    rocksdb::PinnableSlice record;
    if (!in_->get(family::envelope, key::of_envelope(id).bytes(), record).ok()) return false;
    const auto mail = decode_envelope(id, record.ToStringView());
    if (!mail) return false;
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
    auto made = rebuilt_entries(*mail, tried, elsewhere, now);
    for (auto& each : made) {
        to_.put_entry(each);
        rebuilt.push_back(std::move(each));
    }
    return !made.empty();
}

settling::progress* settling::find(message_id id, store_totals& totals, bool& unreadable) {
    if (const auto known = messages_.find(id); known != messages_.end()) return &known->second;
    progress message;
    if (const auto recent = recent_.find(id)) {
        message.recipients = static_cast<std::uint32_t>(recent->mail.recipients.size());
        message.chunks = recent->mail.chunks;
        message.size = recent->mail.size;
        return &messages_.emplace(id, std::move(message)).first->second;
    }
    rocksdb::PinnableSlice record;
    const auto status = in_->get(family::envelope, key::of_envelope(id).bytes(), record);
    unreadable = !status.ok() && !status.IsNotFound();
    if (!status.ok()) return nullptr;
    const auto mail = decode_envelope(id, record.ToStringView());
    if (!mail) {
        quarantine(id, totals);
        return nullptr;
    }
    message.recipients = static_cast<std::uint32_t>(mail->recipients.size());
    message.chunks = mail->chunks;
    message.size = mail->size;
    return &messages_.emplace(id, std::move(message)).first->second;
}

void settling::forget_gone() {
    for (const auto id : gone_)
        trimmed_.erase(id);
}

void settling::load(message_id id, progress& message) {
    if (message.loaded) return;
    message.loaded = true;
    if (message.recipients == 1) {
        message.tried.insert(0);  // erasing what is not there does no harm, and saves the look
        return;
    }
    const key prefix = key::of_envelope(id);
    const rocksdb::Slice start(prefix.bytes().data(), prefix.bytes().size());
    const auto records = in_->scan(family::recipient);
    for (records->Seek(start); records->Valid() && records->key().starts_with(start);
         records->Next()) {
        const auto index = parse_index(records->key().ToStringView());
        const auto record = decode_recipient(id, index, records->value().ToStringView());
        // An unreadable state is taken for an unfinished recipient: rather twice than never.
        auto& known = record && record->finished ? message.finished : message.tried;
        known.insert(index);
    }
}

bool settling::scheduled(const progress& message, const key& entry) const {
    if (message.settled.contains(entry.bytes())) return false;
    rocksdb::PinnableSlice ignored;
    return !in_->get(family::schedule, entry.bytes(), ignored).IsNotFound();
}

// The entry that `end` ends: that of its attempt, or what a removal meanwhile left of it.
std::optional<key> settling::entry_of(const settlement& end, const progress& message) const {
    const key entry = key::of_entry(end.attempted);
    if (scheduled(message, entry)) return entry;
    if (!trimmed_.contains(end.attempted.id)) return std::nullopt;
    const auto entries = in_->scan(family::schedule);
    const auto prefix = slice(entry.bytes().substr(0, entry.bytes().size() - 4));
    for (entries->Seek(prefix); entries->Valid(); entries->Next()) {
        if (!entries->key().starts_with(prefix)) break;
        const auto left = decode_delivery(end.attempted.id, entries->value().ToStringView());
        const auto& all = end.attempted.recipients;
        const bool is_rest =
            left && left->attempts == end.attempted.attempts &&
            std::includes(all.begin(), all.end(), left->recipients.begin(), left->recipients.end());
        if (!is_rest) continue;
        const auto at = parse_schedule_key(entries->key().ToStringView());
        const key found = key::of_schedule(at->due, at->id, at->first_recipient);
        if (!message.settled.contains(found.bytes())) return found;
    }
    return std::nullopt;
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
