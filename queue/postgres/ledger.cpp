#include "queue/postgres/ledger.hpp"

#include <algorithm>

namespace kurir::queue::postgres {

void ledger::note_entry(delivery waiting) {
    const name key(waiting.id, waiting.entry);
    entries_.insert_or_assign(key, entry{.waiting = std::move(waiting)});
}

void ledger::note_settled(message_id id, entry_id entry, queue::fence fence) {
    settled_.insert_or_assign({id, entry}, fence);
}

void ledger::note_message(message_id id, const message_extent& extent) {
    messages_[id].extent = extent;
}

void ledger::note_mark(message_id id, std::uint32_t recipient, bool is_finished) {
    if (const auto at = messages_.find(id); at != messages_.end()) {
        at->second.note(recipient, is_finished);
    }
}

std::optional<entry_facts> ledger::facts_of(const name& entry) const {
    if (const auto at = entries_.find(entry); at != entries_.end()) {
        return entry_facts{.fence = at->second.waiting.fence, .there = at->second.there};
    }
    if (const auto at = settled_.find(entry); at != settled_.end()) {
        return entry_facts{.fence = at->second, .there = false};
    }
    return std::nullopt;
}

// A withheld delivery has no name. Entries of a message share no recipient, so these tell which
// one it is.
ledger::name ledger::name_of(const delivery& attempted) const {
    if (attempted.entry.is_given()) return {attempted.id, attempted.entry};
    for (auto at = entries_.lower_bound({attempted.id, entry_id()});
         at != entries_.end() && at->first.first == attempted.id;
         ++at) {
        if (at->second.there && is_rest_of(at->second.waiting, attempted)) return at->first;
    }
    return {attempted.id, entry_id()};
}

standing ledger::standing_now(const delivery& attempted, std::vector<name>& held) const {
    const auto entry = name_of(attempted);
    const auto found = standing_of(attempted.fence, facts_of(entry));
    if (found == standing::held) held.push_back(entry);
    return found;
}

result<void> ledger::settle(settlement end, changes& out) {
    std::vector<name> held;
    if (standing_now(end.attempted, held) == standing::lost) return errc::lost;
    for (const auto& other : end.others) {
        if (standing_now(other, held) == standing::lost) return errc::lost;
    }
    if (held.empty()) return {};
    for (const auto& each : held) {
        auto& ended = entries_.at(each);
        ended.there = false;
        out.erase_entry(each.first, each.second, ended.waiting.fence);
    }
    const auto at = messages_.find(end.attempted.id);
    if (at == messages_.end() || at->second.gone) return {};
    write_end(end, at->second, out);
    if (!at->second.gone) {
        for (auto& each : end.again)
            out.put_entry(std::move(each));
        if (end.withheld) out.keep_entry(*end.withheld);
    }
    if (end.bounce) out.put_message(std::move(*end.bounce));
    if (end.event) out.put_event(std::move(*end.event));
    return {};
}

void ledger::write_end(settlement& end, progress& message, changes& out) {
    const auto id = end.attempted.id;
    const auto effect = finish(end, message);
    store_totals before{
        .messages = 1, .recipients = message.extent.recipients, .bytes = message.extent.size
    };
    auto after = before;
    subtract(after, effect, message.extent);
    out.taken.messages += before.messages - after.messages;
    out.taken.recipients += before.recipients - after.recipients;
    out.taken.bytes += before.bytes - after.bytes;
    if (effect.message_ended) {
        out.erase_message(id, message.extent.recipients > 1 || !message.tried.empty());
        return;
    }
    for (const auto recipient : end.finished)
        out.put_finished(id, recipient);
    for (const auto& state : end.unfinished)
        out.put_state(id, state);
}

std::optional<removal> ledger::remove(const entry_removal& order, changes& out) {
    const auto id = order.entry.id;
    const auto at = entries_.find({id, order.entry.entry});
    if (at == entries_.end() || !at->second.there) return std::nullopt;
    removal change{.id = id, .entry = order.entry.entry, .message_gone = true};
    auto& waiting = at->second.waiting;
    const auto message = messages_.find(id);
    if (message == messages_.end() || message->second.gone) {
        at->second.there = false;
        out.erase_entry(id, change.entry, waiting.fence);
        return change;
    }
    auto end = settlement_of(order, message->second.extent);
    write_end(end, message->second, out);
    change.message_gone = message->second.gone;
    auto rest = change.message_gone ? std::nullopt : rest_of(waiting, message->second);
    if (!rest) {
        at->second.there = false;
        out.erase_entry(id, change.entry, waiting.fence);
        return change;
    }
    change.left = rest->recipients;
    change.left_entry = change.entry;
    rest->entry = change.entry;
    rest->fence = waiting.fence;
    waiting = *rest;
    out.shrink_entry(*rest);
    return change;
}

}  // namespace kurir::queue::postgres
