#include "queue/rocks/writes.hpp"

#include <array>
#include <cassert>

#include "queue/codec.hpp"

namespace kurir::queue {

namespace {

// Appending to a batch in memory can't fail. If it did, the batch would be incomplete.
void certain(const rocksdb::Status& status) {
    assert(status.ok());
    static_cast<void>(status);
}

}  // namespace

void writes::begin(const database& target) {
    target_ = &target;
    batch_.Clear();
}

void writes::mark() {
    batch_.SetSavePoint();
}

void writes::keep_or_drop(bool keep) {
    certain(keep ? batch_.PopSavePoint() : batch_.RollbackToSavePoint());
}

void writes::put_message(const submission& message) {
    const auto& mail = message.mail;
    assert(mail.chunks >= 1 && !message.deliveries.empty());
    encode(mail, scratch_);
    put(family::envelope, key::of_envelope(mail.id).bytes(), scratch_);
    put_chunk(mail.id, mail.chunks - 1, message.last_chunk);
    if (mail.chunks > 1) erase_incoming(mail.id);
    for (const auto& each : message.deliveries)
        put_entry(each);
    for (const auto& each : message.states)
        put_state(mail.id, each);
}

void writes::put_name(std::string_view at, message_id id) {
    encode_numbers({id.value()}, scratch_);
    put(family::meta, at, scratch_);
}

void writes::erase_name(std::string_view at) {
    certain(batch_.Delete(target_->handle_of(family::meta), at));
}

void writes::erase_message(message_id id, std::uint32_t chunks) {
    erase_once(family::envelope, key::of_envelope(id).bytes());
    erase_chunks(id, chunks);
}

void writes::put_chunk(message_id id, std::uint32_t index, std::string_view bytes) {
    const chunk_frame frame(id, index, bytes);
    const key at = key::of_chunk(id, index);
    const rocksdb::Slice key_part = at.bytes();
    const std::array<rocksdb::Slice, 3> value_parts{
        rocksdb::Slice(frame.head.data(), frame.head.size()),
        bytes,
        rocksdb::Slice(frame.tail.data(), frame.tail.size()),
    };
    certain(batch_.Put(
        target_->handle_of(family::body),
        rocksdb::SliceParts(&key_part, 1),
        rocksdb::SliceParts(value_parts.data(), static_cast<int>(value_parts.size()))
    ));
}

void writes::erase_chunks(message_id id, std::uint32_t chunks) {
    for (std::uint32_t i = 0; i < chunks; ++i) {
        erase_once(family::body, key::of_chunk(id, i).bytes());
    }
}

void writes::put_incoming(message_id id) {
    put(family::incoming, key::of_envelope(id).bytes(), {});
}

void writes::erase_incoming(message_id id) {
    erase_once(family::incoming, key::of_envelope(id).bytes());
}

void writes::put_entry(const delivery& waiting) {
    encode(waiting, scratch_);
    put(family::schedule, key::of_new_entry(waiting).bytes(), scratch_);
}

void writes::erase_entry(const key& entry) {
    erase_once(family::schedule, entry.bytes());
}

void writes::put_state(message_id id, const recipient_state& state) {
    encode(id, {.finished = false, .state = state}, scratch_);
    put(family::recipient, key::of_recipient(id, state.index).bytes(), scratch_);
}

void writes::put_finished(message_id id, std::uint32_t recipient) {
    recipient_record record{.finished = true, .state = {}};
    record.state.index = recipient;
    encode(id, record, scratch_);
    put(family::recipient, key::of_recipient(id, recipient).bytes(), scratch_);
}

void writes::erase_recipient(message_id id, std::uint32_t recipient) {
    const key at = key::of_recipient(id, recipient);
    certain(batch_.Delete(target_->handle_of(family::recipient), at.bytes()));
}

void writes::quarantine(family column, std::string_view at, std::string_view record) {
    scratch_.assign(1, static_cast<char>(column));
    scratch_.append(at);
    put(family::quarantine, scratch_, record);
    if (column == family::recipient) {
        certain(batch_.Delete(target_->handle_of(column), at));
    } else {
        erase_once(column, at);
    }
}

void writes::put_event(time_point now, std::uint64_t number, std::string_view text) {
    const key at = key::of_schedule(now, message_id(number), 0);
    put(family::event, at.bytes(), text);
}

void writes::put_totals(const store_totals& totals) {
    encode_numbers({totals.messages, totals.recipients, totals.bytes}, scratch_);
    put(family::meta, totals_key, scratch_);
}

void writes::put_ceiling(message_id ceiling) {
    encode_numbers({ceiling.value()}, scratch_);
    put(family::meta, ceiling_key, scratch_);
}

void writes::put_clock(time_point now, time_point calendar) {
    const auto number = [](time_point at) {
        const auto count = at.time_since_epoch().count();
        return count > 0 ? static_cast<std::uint64_t>(count) : 0;
    };
    encode_numbers({number(now), number(calendar)}, scratch_);
    put(family::meta, clock_key, scratch_);
}

void writes::put(family column, std::string_view at, std::string_view value) {
    certain(batch_.Put(target_->handle_of(column), at, value));
}

void writes::erase_once(family column, std::string_view at) {
    certain(batch_.SingleDelete(target_->handle_of(column), at));
}

}  // namespace kurir::queue
