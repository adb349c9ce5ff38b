// One owner of a queue in memory.
#pragma once

#include "tests/queue/memory_store.hpp"
#include "tests/queue/shared_queue.hpp"

namespace tests {

class memory_owner final : public shared_owner {
public:
    explicit memory_owner(memory_queue& shared) : store_(shared) {
        listen();
        store_.start();
    }
    memory_store& store() override { return store_; }
    queue::shared_store& shared() override { return store_.shared(); }

    // Its process ends without releasing anything.
    void die() override { store_.die(); }

private:
    memory_store store_;
};

// The queue with a clock that is set.
class memory_shared_queue final : public shared_queue {
public:
    explicit memory_shared_queue(std::chrono::milliseconds lease)
        : queue_([this] { return now_; }, lease) {}

    std::unique_ptr<shared_owner> make_owner() override {
        return std::make_unique<memory_owner>(queue_);
    }
    void set_clock(queue::time_point time) override { now_ = time; }

private:
    queue::time_point now_{};
    memory_queue queue_;
};

}  // namespace tests
