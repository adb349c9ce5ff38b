// Messages that were just committed, so that their first attempt needs no read (decision 5).
//
// Bounded in bytes: the oldest are dropped. Thread-safe: the committer adds and removes, I/O
// threads read.
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
    using message_list = std::list<std::shared_ptr<const stored_message>>;

    void forget(message_list::iterator message);

    const std::size_t bytes_max_;
    mutable std::mutex mutex_;
    message_list messages_;  // oldest first
    std::unordered_map<message_id, message_list::iterator> known_;
    std::size_t bytes_ = 0;
};

}  // namespace kurir::queue
