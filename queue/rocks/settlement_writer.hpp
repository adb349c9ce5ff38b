// Writes the end of an attempt: reads what the rules (queue/progress.hpp) ask for, and adds what
// they say to the batch.
//
// One batch may contain several settlements of a message: later ones see the effects of earlier
// ones.
//
// If a read fails for a passing reason, the failure is returned and the batch is as before the
// call, so the caller must try the request again. Damage is not passing: damaged records are moved
// to quarantine. Belongs to the committer's thread.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "queue/progress.hpp"
#include "queue/recent_cache.hpp"
#include "queue/rocks/database.hpp"
#include "queue/rocks/read_result.hpp"
#include "queue/rocks/requests.hpp"
#include "queue/rocks/writes.hpp"
#include "queue/totals.hpp"

namespace kurir::queue {

class settlement_writer {
public:
    // `settled_before`: the settlement had been written earlier, and nothing of it may be
    // announced.
    enum class ending : std::uint8_t { applied, settled_before };

    settlement_writer(const recent_cache& recent, writes& output)
        : recent_(recent), output_(output) {}

    // Begins a batch for the database `source`.
    void begin(const database& source);

    // Adds the effects of `end` to the batch. `again`: it was in a batch that failed, and that
    // batch may have survived. Removes from `end` what is not written, such as recipients that were
    // removed meanwhile.
    read_result<ending> apply(settlement& end, bool again, store_totals& totals);

    // Adds an operator's removal. False if the entry is not there any more.
    read_result<bool> remove_entry(
        const entry_removal& removal, store_totals& totals, remove_request::outcome& outcome
    );

    // Moves all records of a message that can't be read to quarantine.
    read_result<done> quarantine(message_id id, store_totals& totals);

    // The same for one record of `schedule`. New entries are made from the other records of its
    // message, and added to `rebuilt`: due at `now`, for all recipients except `elsewhere`. False
    // if there was nothing to do.
    read_result<bool> quarantine_entry(
        const quarantine_request& damaged, time_point now, std::vector<delivery>& rebuilt
    );

    // The batch was written: forgets what it removed.
    void forget_gone();

    // Messages that the batch removes, and those of them that it moves to quarantine.
    const std::vector<message_id>& gone() const noexcept { return gone_; }
    const std::vector<message_id>& quarantined() const noexcept { return quarantined_; }

private:
    // A message after this batch.
    struct known_message : progress {
        // True if a damaged block hides the message, or only a later version understands it. It
        // looks gone, and is left alone.
        bool hidden = false;
        bool loaded = false;                              // `finished` and `tried` are known
        std::set<std::string, std::less<>> settled = {};  // entries that this batch removes
    };

    read_result<ending> try_to_apply(settlement& end, bool again, store_totals& totals);
    read_result<known_message*> find(message_id id, store_totals& totals);
    read_result<done> load(message_id id, known_message& message);
    read_result<bool> scheduled(const known_message* message, const key& entry) const;
    read_result<std::vector<key>> entries_of(const settlement& end, const known_message& message)
        const;
    read_result<std::optional<key>> entry_of(
        const delivery& attempted, const known_message& message
    ) const;
    read_result<std::optional<std::vector<delivery>>> read_rebuilt(
        const quarantine_request& damaged, time_point now
    ) const;
    read_result<bool> move_to_quarantine(message_id id);
    void put_again(settlement& end, const known_message& message);
    void write_end(settlement& end, known_message& message, store_totals& totals);
    void erase(message_id id, const known_message& message);

    const recent_cache& recent_;
    writes& output_;
    const database* source_ = nullptr;
    std::unordered_map<message_id, known_message> messages_;
    std::vector<message_id> gone_;
    std::vector<message_id> quarantined_;
    // Messages of which this process removed some recipients: attempts in progress may name
    // recipients and entries that no longer exist.
    std::set<message_id> trimmed_;
};

}  // namespace kurir::queue
