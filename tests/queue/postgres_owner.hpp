// One owner of a queue in PostgreSQL, and a queue of its own for each test.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include "queue/postgres/postgres_store.hpp"
#include "tests/queue/deliveries.hpp"
#include "tests/queue/postgres_server.hpp"
#include "tests/queue/shared_queue.hpp"

namespace tests {

namespace postgres = kurir::queue::postgres;

class postgres_owner final : public shared_owner {
public:
    explicit postgres_owner(std::unique_ptr<postgres::postgres_store> opened)
        : store_(std::move(opened)) {
        listen();
        store_->start();
    }
    ~postgres_owner() override { store_->close(); }

    postgres::postgres_store& store() override { return *store_; }
    queue::shared_store& shared() override { return store_->shared(); }

    // What other owners have done is known after a look at the database.
    queue::store_totals totals() override {
        store_->look();
        return store_->totals();
    }
    void release(std::vector<queue::claimed> held) override {
        store_->release(std::move(held));
        store_->look();
    }

    // Its process ends without releasing anything.
    void die() override { store_->abandon(); }

private:
    std::unique_ptr<postgres::postgres_store> store_;
};

// A queue in a schema of its own, with a clock that a test moves.
class postgres_queue final : public shared_queue {
public:
    static constexpr std::chrono::milliseconds lease = std::chrono::minutes(1);

    explicit postgres_queue(std::chrono::milliseconds lease_time = lease);
    ~postgres_queue() override;

    std::unique_ptr<postgres_owner> open(postgres::observer told = {});
    std::unique_ptr<shared_owner> make_owner() override { return open(); }
    void set_clock(queue::time_point time) override;
    void pass(std::chrono::milliseconds time) { set_clock(now_.load() + time); }
    postgres::options settings(postgres::observer told = {});

    // Runs SQL in the schema; fails the test if it can't.
    void run(const std::string& script);
    // The first number of the first row.
    std::int64_t ask(const char* question);

private:
    postgres::connection& side();

    const std::string schema_;
    const std::chrono::milliseconds lease_;
    std::unique_ptr<postgres::connection> side_;
    std::atomic<queue::time_point> now_ = noon;
    bool has_clock_ = false;
};

}  // namespace tests
