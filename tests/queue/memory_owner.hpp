// One owner of a queue in memory.
#pragma once

#include "tests/queue/memory_store.hpp"
#include "tests/queue/owner.hpp"

namespace tests {

class memory_owner final : public owner {
public:
    explicit memory_owner(memory_queue& shared) : store_(shared) {
        listen();
        store_.start();
    }
    memory_store& store() override { return store_; }

    // Its process ends without releasing anything.
    void die() { store_.die(); }

private:
    memory_store store_;
};

}  // namespace tests
