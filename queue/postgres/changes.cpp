#include "queue/postgres/changes.hpp"

#include <utility>

#include "queue/claim_lanes.hpp"
#include "queue/codec.hpp"
#include "queue/postgres/columns.hpp"
#include "queue/postgres/statements.hpp"

namespace kurir::queue::postgres {

namespace {

std::int64_t signed_of(std::uint64_t value) {
    return static_cast<std::int64_t>(value);
}

}  // namespace

void entry_names::add(message_id id, entry_id entry, queue::fence fence) {
    messages.push_back(signed_of(id.value()));
    numbers.push_back(signed_of(entry.number()));
    fences.push_back(fence);
}

void changes::put_chunk(message_id id, std::uint32_t index, std::string bytes) {
    chunks_.messages.push_back(signed_of(id.value()));
    chunks_.indexes.push_back(index);
    chunks_.bytes.push_back(std::move(bytes));
}

void changes::put_message(submission message) {
    const auto& mail = message.mail;
    messages_.ids.push_back(signed_of(mail.id.value()));
    messages_.recipients.push_back(signed_of(mail.recipients.size()));
    messages_.chunks.push_back(mail.chunks);
    messages_.sizes.push_back(signed_of(mail.size));
    encode(mail, messages_.envelopes.emplace_back());
    put_chunk(mail.id, mail.chunks - 1, std::move(message.last_chunk));
    for (const auto& each : message.states)
        put_state(mail.id, each);
    if (message.names_are_new) message.names.clear();  // they are given
    for (auto& each : message.names) {
        names_.names.push_back(std::move(each));
        names_.messages.push_back(signed_of(mail.id.value()));
    }
    add(added, mail);
    for (auto& each : message.deliveries)
        put_entry(std::move(each));
}

void changes::put_entry(delivery waiting) {
    waiting.entry = entry_id(name_());
    waiting.fence = first_fence;
    add_entry(waiting, false);
    fresh_.push_back(std::move(waiting));
}

void changes::keep_entry(const delivery& kept) {
    auto named = kept;
    named.entry = entry_id(name_());
    add_entry(named, true);
}

void changes::add_entry(const delivery& waiting, bool kept) {
    entries_.names.add(waiting.id, waiting.entry, waiting.fence);
    entries_.pauses.push_back((waiting.due - now_ + held_back(waiting)).count());
    entries_.destinations.push_back(waiting.domain);
    entries_.kept.push_back(kept);
    encode(waiting, entries_.deliveries.emplace_back());
    entries_.lanes.push_back(signed_of(lane_of(waiting)));
}

void changes::shrink_entry(const delivery& left) {
    shrunk_.names.add(left.id, left.entry);
    encode(left, shrunk_.deliveries.emplace_back());
}

// Whose first claim ends it never had another owner, so nobody can come late.
void changes::erase_entry(message_id id, entry_id entry, queue::fence fence) {
    erased_.add(id, entry);
    if (fence > first_fence) settled_.add(id, entry, fence);
}

void changes::erase_message(message_id id, bool has_marks) {
    const auto value = signed_of(id.value());
    erased_messages_.push_back(value);
    erased_bodies_.push_back(value);
    if (has_marks) erased_marks_.push_back(value);
    gone_.push_back(id);
}

void changes::discard_body(message_id id) {
    discarded_bodies_.push_back(signed_of(id.value()));
}

void changes::erase_names(message_id id) {
    erased_names_.push_back(signed_of(id.value()));
}

void changes::put_finished(message_id id, std::uint32_t recipient) {
    recipients_.messages.push_back(signed_of(id.value()));
    recipients_.indexes.push_back(recipient);
    recipients_.finished.push_back(true);
    recipients_.states.emplace_back();
}

void changes::put_state(message_id id, const recipient_state& state) {
    recipients_.messages.push_back(signed_of(id.value()));
    recipients_.indexes.push_back(state.index);
    recipients_.finished.push_back(false);
    encode(id, {.finished = false, .state = state}, recipients_.states.emplace_back());
}

void changes::put_event(std::string text) {
    events_.push_back(std::move(text));
}

void changes::send(connection& database, const claimant& writer) const {
    send_removals(database);
    send_messages(database);
    send_entries(database, writer);
    // Last, for an earlier end in the same batch may have put a mark of a message that is gone now.
    if (!erased_marks_.empty()) {
        database.add(sql::erase_recipients, parameters().numbers(erased_marks_));
    }
    if (!events_.empty()) database.add(sql::put_events, parameters().byte_strings(events_));
    if (added == taken) return;
    database.add(
        sql::add_totals,
        parameters()
            .bytes(writer.owner.bytes())
            .number(signed_of(added.messages - taken.messages))
            .number(signed_of(added.recipients - taken.recipients))
            .number(signed_of(added.bytes - taken.bytes))
    );
}

void changes::send_removals(connection& database) const {
    using values = parameters;
    if (!erased_.empty()) {
        database.add(
            sql::erase_entries, values().numbers(erased_.messages).numbers(erased_.numbers)
        );
    }
    if (!settled_.empty()) {
        database.add(
            sql::note_settled,
            values().numbers(settled_.messages).numbers(settled_.numbers).numbers(settled_.fences)
        );
    }
    if (!erased_messages_.empty()) {
        database.add(sql::erase_messages, values().numbers(erased_messages_));
    }
    if (!erased_bodies_.empty()) database.add(sql::erase_bodies, values().numbers(erased_bodies_));
    if (!discarded_bodies_.empty())
        database.add(sql::discard_bodies, values().numbers(discarded_bodies_));
    if (!erased_names_.empty()) database.add(sql::erase_names, values().numbers(erased_names_));
}

void changes::send_messages(connection& database) const {
    using values = parameters;
    if (!names_.names.empty()) {
        database.add(sql::put_names, values().byte_strings(names_.names).numbers(names_.messages));
    }
    if (!recipients_.messages.empty()) {
        database.add(
            sql::put_recipients,
            values()
                .numbers(recipients_.messages)
                .numbers(recipients_.indexes)
                .flags(recipients_.finished)
                .byte_strings(recipients_.states)
        );
    }
    if (!messages_.ids.empty()) {
        database.add(
            sql::put_messages,
            values()
                .numbers(messages_.ids)
                .numbers(messages_.recipients)
                .numbers(messages_.chunks)
                .numbers(messages_.sizes)
                .byte_strings(messages_.envelopes)
        );
    }
    if (!chunks_.messages.empty()) {
        database.add(
            sql::put_chunks,
            values().numbers(chunks_.messages).numbers(chunks_.indexes).byte_strings(chunks_.bytes)
        );
    }
}

void changes::send_entries(connection& database, const claimant& writer) const {
    using values = parameters;
    if (!shrunk_.names.empty()) {
        database.add(
            sql::shrink_entries,
            values()
                .numbers(shrunk_.names.messages)
                .numbers(shrunk_.names.numbers)
                .byte_strings(shrunk_.deliveries)
        );
    }
    if (!entries_.names.empty()) {
        database.add(
            sql::put_entries,
            values()
                .numbers(entries_.names.messages)
                .numbers(entries_.names.numbers)
                .numbers(entries_.pauses)
                .byte_strings(entries_.destinations)
                .numbers(entries_.names.fences)
                .flags(entries_.kept)
                .byte_strings(entries_.deliveries)
                .bytes(writer.owner.bytes())
                .number(writer.lease.count())
                .numbers(entries_.lanes)
        );
    }
}

}  // namespace kurir::queue::postgres
