// Every kind of store, for the tests of the contract (contract_cases.hpp).
//
// A backend is one queue whose owners come and go. `open` gives a new owner that is started; `pass`
// advances the clock. A backend with several owners at a time has a `lease`, and its owners can
// `die`.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>

#include "tests/queue/fixture.hpp"
#include "tests/queue/memory_owner.hpp"
#include "tests/queue/postgres_owner.hpp"

namespace tests {

// RocksDB on the local disk: one owner at a time.
class rocks_backend {
public:
    std::unique_ptr<owner> open() {
        queue::store_options options;
        options.now = [this] { return now_.load(); };
        auto made = std::make_unique<life>(directory_.path(), std::move(options));
        made->start();
        return made;
    }
    void pass(std::chrono::milliseconds time) { now_ = now_.load() + time; }

private:
    temporary_directory directory_;
    std::atomic<queue::time_point> now_ = noon;
};

// The smallest store that several owners share. (PostgreSQL: `postgres_queue`.)
class memory_backend {
public:
    static constexpr std::chrono::milliseconds lease = 1min;

    std::unique_ptr<memory_owner> open() { return std::make_unique<memory_owner>(queue_); }
    void pass(std::chrono::milliseconds time) { now_ = now_.load() + time; }

private:
    std::atomic<queue::time_point> now_ = noon;
    memory_queue queue_{[this] { return now_.load(); }, lease};
};

}  // namespace tests
