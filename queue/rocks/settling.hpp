// What the end of an attempt writes to the queue: finished recipients, and the end of the message.
//
// A message with one recipient is removed when that recipient is finished. A message with several
// recipients keeps a small mark for each finished one; the settlement that finishes the last one
// removes envelope, body, states and marks in the same write. One batch may contain several
// settlements of a message: later ones see the effects of earlier ones.
//
// Idempotent: a settlement of an entry that is no longer in the schedule does nothing (Q024).
//
// It reads from the database. If a read fails temporarily (`is_passing`), the error is returned and
// the batch is as before the call, so the caller must try the request again. Damage is not
// temporary: damaged records are moved to quarantine.
// Belongs to the committer's thread.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "queue/rocks/database.hpp"
#include "queue/rocks/recent_cache.hpp"
#include "queue/rocks/requests.hpp"
#include "queue/rocks/writes.hpp"
#include "queue/totals.hpp"

namespace kurir::queue {

class settling {
public:
    settling(const recent_cache& recent, writes& to) : recent_(recent), to_(to) {}

    // Begins a batch for the database `in`.
    void begin(const database& in);

    // Adds the effects of `end` to the batch. `applied` is false if it was settled before; then
    // don't announce anything. `again`: it was in a batch that failed, and that batch may have
    // survived. Recipients that were removed in the meantime are dropped from the new entries of
    // `end`.
    rocksdb::Status apply(settlement& end, bool again, store_totals& totals, bool& applied);

    // Adds an operator's removal. Nothing if the entry no longer exists or can't be read.
    void remove_entry(
        const remove_request::item& item, store_totals& totals, remove_request::outcome& outcome
    );

    // Moves all records of a message that can't be read to quarantine.
    rocksdb::Status quarantine(message_id id, store_totals& totals);

    // The same for one record of `schedule`. The other records of its message give new entries,
    // which are added to `rebuilt`: due at `now`, for all recipients except `elsewhere`. `done` is
    // false if there was nothing to do.
    rocksdb::Status quarantine_entry(
        const quarantine_request& damaged,
        time_point now,
        std::vector<delivery>& rebuilt,
        bool& done
    );

    // The batch was written: forgets what it removed.
    void forget_gone();

    // Messages that the batch removes, and those of them that it moves to quarantine.
    const std::vector<message_id>& gone() const noexcept { return gone_; }
    const std::vector<message_id>& quarantined() const noexcept { return quarantined_; }

private:
    // The state of a message after this batch.
    struct progress {
        std::uint32_t recipients = 0;
        std::uint32_t chunks = 0;
        std::uint64_t size = 0;
        bool gone = false;
        bool hidden = false;  // by a damaged block: gone as far as anybody can see
        bool loaded = false;  // `finished` and `tried` are known
        std::set<std::uint32_t> finished;
        std::set<std::uint32_t> tried;               // have a state record
        std::set<std::string, std::less<>> settled;  // entries that this batch removes
    };

    void put_withheld(const settlement& end, const progress& message);
    rocksdb::Status try_to_apply(settlement& end, bool again, store_totals& totals, bool& applied);
    rocksdb::Status find(message_id id, store_totals& totals, progress*& found);
    rocksdb::Status load(message_id id, progress& message);
    rocksdb::Status scheduled(const progress& message, const key& entry, bool& there) const;
    rocksdb::Status entries_of(
        const settlement& end, const progress& message, std::vector<key>& found
    ) const;
    rocksdb::Status entry_of(
        const delivery& attempted, const progress& message, std::optional<key>& found
    ) const;
    rocksdb::Status read_rebuilt(
        const quarantine_request& damaged, time_point now, std::vector<delivery>& made
    ) const;
    rocksdb::Status move_to_quarantine(message_id id, bool& found);
    void finish(const settlement& end, progress& message, store_totals& totals);
    void remove(message_id id, progress& message, store_totals& totals);

    const recent_cache& recent_;
    writes& to_;
    const database* in_ = nullptr;
    std::unordered_map<message_id, progress> messages_;
    std::vector<message_id> gone_;
    std::vector<message_id> quarantined_;
    // Messages of which this process removed some recipients: attempts in progress may name
    // recipients and entries that no longer exist.
    std::set<message_id> trimmed_;
};

}  // namespace kurir::queue
