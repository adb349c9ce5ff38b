// How many different recipients there were in a period.
//
// Each is remembered as a hash of 64 bits, with the slot (a twenty-fourth of the period: an hour of
// a day) in which it was last used: it is forgotten when all of that slot is older than the period.
// Exact but for recipients whose hashes are equal (of a hundred thousand, once in four thousand
// million tries), which count once. Not bounded by itself: the ledger adds no more than the limit.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <unordered_map>

#include "relay/quota/time.hpp"

namespace kurir::quota {

using recipient_hash = std::uint64_t;

// Of an address whose case does not matter. The same in every process.
recipient_hash hash_of(std::string_view address) noexcept;

class distinct_count {
public:
    static constexpr int slots_in_period = 24;

    explicit distinct_count(period length) : length_(length) {}

    // True if it is new.
    bool add(recipient_hash recipient, time_point now);
    // True if it was there.
    bool remove(recipient_hash recipient) { return last_used_.erase(recipient) > 0; }

    // Another node has used it in this slot, by this node's clock; one that is too old, or of a
    // clock that is far ahead, is left out. True if it is new here.
    bool learn(recipient_hash recipient, std::int64_t slot, time_point now);

    bool has(recipient_hash recipient, time_point now);
    // In which it was last used; nothing: it is not there.
    std::optional<std::int64_t> slot_of(recipient_hash recipient) const;
    std::size_t count(time_point now);

    // When one will be forgotten, if nothing is added.
    time_point next_forgotten(time_point now) const;

    period length() const noexcept { return length_; }
    std::size_t size() const noexcept { return last_used_.size(); }

    // As it is stored, and read again.
    const std::unordered_map<recipient_hash, std::int64_t>& all() const noexcept {
        return last_used_;
    }
    void restore(recipient_hash recipient, std::int64_t slot) { last_used_[recipient] = slot; }

private:
    period slot_length() const noexcept { return part_of(length_, slots_in_period); }
    void forget(time_point now);

    period length_;
    std::unordered_map<recipient_hash, std::int64_t> last_used_;  // the slot
    std::int64_t swept_ = 0;                                      // the slot of the last sweep
};

}  // namespace kurir::quota
