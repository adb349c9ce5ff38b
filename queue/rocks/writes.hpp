// The content of one atomic write, in terms of messages: what is put, what is erased.
//
// Keys of envelopes, bodies, entries and marks are written only once, because ids are never reused.
// So they are erased with `SingleDelete`: put and removal cancel each other in memory, and mail
// that is delivered at once leaves only log records on the disk (README.md, "Why"). Recipients'
// states are overwritten, so they are erased with `Delete`.
#pragma once

#include <rocksdb/write_batch.h>

#include <string>
#include <string_view>

#include "queue/message.hpp"
#include "queue/rocks/database.hpp"
#include "queue/rocks/keys.hpp"
#include "queue/totals.hpp"

namespace kurir::queue {

class writes {
public:
    // Starts a new batch for `target`.
    void begin(const database& target);

    // What is added from `mark` on is dropped or kept as a whole. Marks may be nested.
    void mark();
    void keep_or_drop(bool keep);

    void put_message(const submission& message);
    // That a message was given this name; `at`: its key (name_keys.hpp).
    void put_name(std::string_view at, message_id id);
    void erase_name(std::string_view at);
    void erase_message(message_id id, std::uint32_t chunks);

    void put_chunk(message_id id, std::uint32_t index, std::string_view bytes);
    void erase_chunks(message_id id, std::uint32_t chunks);

    // The mark of a body of several chunks, from its first chunk until the commit.
    void put_incoming(message_id id);
    void erase_incoming(message_id id);

    void put_entry(const delivery& waiting);
    void erase_entry(const key& entry);

    void put_state(message_id id, const recipient_state& state);
    void put_finished(message_id id, std::uint32_t recipient);
    void erase_recipient(message_id id, std::uint32_t recipient);

    // Moves a record unchanged, readable or not, to `quarantine`.
    void quarantine(family column, std::string_view key, std::string_view record);
    void put_event(time_point now, std::uint64_t number, std::string_view text);

    void put_totals(const store_totals& totals);
    void put_ceiling(message_id ceiling);
    void put_clock(time_point now, time_point calendar);

    bool empty() const { return batch_.Count() == 0; }
    rocksdb::WriteBatch& batch() { return batch_; }

private:
    void put(family column, std::string_view key, std::string_view value);
    void erase_once(family column, std::string_view key);

    const database* target_ = nullptr;
    rocksdb::WriteBatch batch_;
    std::string scratch_;
};

}  // namespace kurir::queue
