// A queue that several owners share, as the model needs it: memory's or PostgreSQL's.
#pragma once

#include <chrono>
#include <memory>

#include "tests/queue/owner.hpp"

namespace tests {

class shared_owner : public owner {
public:
    // Its process ends without releasing anything.
    virtual void die() = 0;
};

class shared_queue {
public:
    shared_queue() = default;
    shared_queue(const shared_queue&) = delete;
    shared_queue& operator=(const shared_queue&) = delete;
    virtual ~shared_queue() = default;

    // A new owner, which is started.
    virtual std::unique_ptr<shared_owner> make_owner() = 0;
    // The queue's clock, and those of all owners.
    virtual void set_clock(queue::time_point time) = 0;
};

}  // namespace tests
