// The suppression list that sessions read while it is changed. Thread-safe.
//
// Readers don't wait for each other. One thread changes it.
#pragma once

#include <mutex>
#include <shared_mutex>
#include <utility>

#include "relay/suppression/suppression_list.hpp"

namespace kurir::suppression {

class shared_list {
public:
    // `look(list)` while nobody changes it.
    template <class Look>
    auto read(Look look) const {
        const std::shared_lock lock(mutex_);
        return look(list_);
    }

    // `change(list)` while nobody reads it: it must be short.
    template <class Change>
    auto write(Change change) {
        const std::unique_lock lock(mutex_);
        return change(list_);
    }

private:
    mutable std::shared_mutex mutex_;
    suppression_list list_;
};

}  // namespace kurir::suppression
