// Messages that were just committed, so that their first attempt needs no read (decision 5).
//
// Bounded in bytes. While mail comes faster than it is sent, and what is here is not enough for all
// that waits, the newest would push out whatever is about to be tried, and nothing would ever be
// found. So what is pushed out by newer messages stays in one half of the cache, as long as there
// is room, until it was tried; the other half is that of the newest, so that mail that waits for
// long, for a server that is down, takes no more than half.
//
// Thread-safe: the committer adds and removes, I/O threads read.
#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "queue/store.hpp"

namespace kurir::queue {

class recent_cache {
public:
    explicit recent_cache(std::size_t bytes_max) : bytes_max_(bytes_max) {}

    // Keeps `message` if it is not larger than the cache.
    void put(std::shared_ptr<const stored_message> message);
    std::shared_ptr<const stored_message> find(message_id id) const;
    void drop(message_id id);

    std::size_t bytes() const;

private:
    struct half {
        std::list<std::shared_ptr<const stored_message>> messages = {};  // oldest first
        std::size_t bytes = 0;
    };
    struct place {
        half* in = nullptr;
        std::list<std::shared_ptr<const stored_message>>::iterator at = {};
    };

    void make_room();
    void forget(const place& message);

    const std::size_t bytes_max_;
    mutable std::mutex mutex_;
    half newest_;
    half older_;
    std::unordered_map<message_id, place> known_;
};

}  // namespace kurir::queue
