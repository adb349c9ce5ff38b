// Finds the slots of a message by its id: several, if it has deliveries for several domains.
//
// Eight bytes for each slot, and no step that takes long, however many there are: the table grows
// by one bucket at a time (linear hashing). Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <utility>

#include "queue/message_id.hpp"

namespace kurir::queue {

class id_index {
public:
    using slot = std::uint32_t;

    // `id_of(slot)` tells the id of each slot that is in the index, in all functions.
    template <class IdOf>
    void insert(slot item, IdOf id_of) {
        if (next_.size() <= item) next_.resize(item + std::size_t{1}, none);
        link(item, id_of(item));
        if (++size_ > buckets_.size()) split(id_of);
    }

    // Precondition: it is there.
    template <class IdOf>
    void erase(slot item, IdOf id_of) {
        auto* link = &buckets_[bucket_of(id_of(item))];
        while (*link != item)
            link = &next_[*link];
        *link = next_[item];
        --size_;
    }

    // Calls `visit` with each slot of the message, which must not change the index.
    template <class IdOf, class Visitor>
    void each(message_id id, IdOf id_of, Visitor visit) const {
        for (auto at = buckets_[bucket_of(id)]; at != none; at = next_[at]) {
            if (id_of(at) == id) visit(at);
        }
    }

    std::size_t size() const noexcept { return size_; }

private:
    static constexpr slot none = std::numeric_limits<slot>::max();

    // Ids of one second differ in their last digits only.
    static std::size_t hash(message_id id) noexcept {
        auto mixed = id.value() * 0x9e3779b97f4a7c15;
        mixed ^= mixed >> 32;
        mixed *= 0xd6e8feb86659fd93;
        return mixed ^ (mixed >> 32);
    }

    std::size_t bucket_of(message_id id) const noexcept {
        const auto whole = hash(id);
        const auto bucket = whole & mask_;
        return bucket < buckets_.size() ? bucket : whole & (mask_ >> 1);
    }

    void link(slot item, message_id id) {
        auto& first = buckets_[bucket_of(id)];
        next_[item] = first;
        first = item;
    }

    // One more bucket, and those of one that belong there.
    template <class IdOf>
    void split(IdOf id_of) {
        const auto added = buckets_.size();
        if (added > mask_) mask_ = 2 * mask_ + 1;
        buckets_.push_back(none);
        auto at = std::exchange(buckets_[added & (mask_ >> 1)], none);
        while (at != none) {
            const auto following = next_[at];
            link(at, id_of(at));
            at = following;
        }
    }

    std::deque<slot> buckets_{none};  // the first of each
    std::deque<slot> next_;           // by slot
    std::size_t mask_ = 0;            // less than twice the number of buckets, all ones
    std::size_t size_ = 0;
};

}  // namespace kurir::queue
