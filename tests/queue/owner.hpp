// One owner of a queue, called as if its calls were synchronous, and what it was told.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <future>
#include <iterator>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "queue/store.hpp"
#include "tests/support/catch.hpp"

namespace tests {

using namespace kurir;
using namespace std::chrono_literals;

// Completions run on the thread of the store that posts them.
class inline_home final : public queue::completion_queue {
public:
    void post(std::vector<std::function<void()>> completions) override {
        ++posts;
        for (auto& each : completions)
            each();
    }
    std::atomic<int> posts{0};
};

// What the listener and the observer of a store were told.
class witness {
public:
    void announced(std::vector<queue::delivery> more) {
        const std::lock_guard lock(mutex_);
        for (auto& each : more)
            deliveries_.push_back(std::move(each));
        changed_.notify_all();
    }
    void removed(std::vector<queue::removal> more) {
        const std::lock_guard lock(mutex_);
        std::move(more.begin(), more.end(), std::back_inserter(removed_));
    }
    void moved(std::vector<queue::delivery> more) {
        const std::lock_guard lock(mutex_);
        std::move(more.begin(), more.end(), std::back_inserter(moved_));
    }
    std::vector<queue::removal> removed() {
        const std::lock_guard lock(mutex_);
        return removed_;
    }
    std::vector<queue::delivery> moved() {
        const std::lock_guard lock(mutex_);
        return moved_;
    }
    void note(std::string text) {
        const std::lock_guard lock(mutex_);
        notes_.push_back(std::move(text));
        changed_.notify_all();
    }

    // Everything announced so far, once there are `count`; fails the test if they don't come.
    std::vector<queue::delivery> deliveries(std::size_t count) {
        std::unique_lock lock(mutex_);
        const auto enough = [&] { return deliveries_.size() >= count; };
        REQUIRE(changed_.wait_for(lock, patience, enough));
        return deliveries_;
    }
    void await(const std::string& text) {
        std::unique_lock lock(mutex_);
        const auto noted = [&] {
            return std::any_of(notes_.begin(), notes_.end(), [&](const std::string& each) {
                return each.starts_with(text);
            });
        };
        INFO("waiting for " << text);
        REQUIRE(changed_.wait_for(lock, patience, noted));
    }
    // Waits until the condition holds; checked whenever something is noted.
    void await(const std::function<bool()>& claim) {
        std::unique_lock lock(mutex_);
        REQUIRE(changed_.wait_for(lock, patience, claim));
    }
    std::size_t count() {
        const std::lock_guard lock(mutex_);
        return notes_.size();
    }
    bool heard(const std::string& text) {
        const std::lock_guard lock(mutex_);
        return std::any_of(notes_.begin(), notes_.end(), [&](const std::string& each) {
            return each.starts_with(text);
        });
    }

private:
    static constexpr auto patience = 20s;

    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<queue::delivery> deliveries_;
    std::vector<std::string> notes_;
    std::vector<queue::removal> removed_;
    std::vector<queue::delivery> moved_;
};

// Calls the store of one owner as if its calls were synchronous.
class owner {
public:
    owner() = default;
    owner(const owner&) = delete;
    owner& operator=(const owner&) = delete;
    virtual ~owner() = default;

    virtual queue::owned_store& store() = 0;

    void listen() {
        store().set_listener([this](auto deliveries) { seen.announced(std::move(deliveries)); });
        store().set_change_listener({
            .removed = [this](auto changes) { seen.removed(std::move(changes)); },
            .moved = [this](auto changes) { seen.moved(std::move(changes)); },
        });
    }
    void close() { store().close(); }

    // The sums of the whole queue as they are now.
    virtual queue::store_totals totals() { return store().totals(); }
    // How many it got; they are announced when it returns.
    std::size_t claim(std::size_t room, std::vector<std::string> left_out = {}) {
        return claim(queue::claim_order{.room = room, .left_out = std::move(left_out)});
    }
    std::size_t claim(queue::claim_order order) {
        const auto got = ask_to_claim(std::move(order));
        REQUIRE(got.has_value());
        return *got;
    }
    queue::result<std::size_t> ask_to_claim(queue::claim_order order) {
        return wait<std::size_t>([&](auto done) { store().claim(std::move(order), home, done); });
    }
    // What this gives back is anybody's when it returns.
    virtual void release(std::vector<queue::claimed> held) { store().release(std::move(held)); }

    queue::result<void> commit(queue::submission message) {
        return wait<void>([&](auto done) { store().commit(std::move(message), home, done); });
    }
    queue::result<void> settle(queue::settlement end) {
        return wait<void>([&](auto done) { store().settle(std::move(end), home, done); });
    }
    // Carries out an order, and tells how it ended.
    queue::bulk_progress bulk(queue::bulk_order order) {
        auto promise = std::make_shared<std::promise<queue::bulk_progress>>();
        auto future = promise->get_future();
        store().bulk(std::move(order), home, [promise](const queue::bulk_progress& progress) {
            if (progress.over) promise->set_value(progress);
        });
        REQUIRE(future.wait_for(20s) == std::future_status::ready);
        return future.get();
    }
    queue::result<void> append(queue::message_id id, std::uint32_t index, std::string bytes) {
        return wait<void>([&](auto done) {
            store().append(id, index, std::move(bytes), home, done);
        });
    }
    queue::result<std::shared_ptr<const queue::stored_message>> read(queue::message_id id) {
        using message = std::shared_ptr<const queue::stored_message>;
        return wait<message>([&](auto done) { store().read(id, home, done); });
    }
    queue::result<std::string> read_chunk(queue::message_id id, std::uint32_t index) {
        return wait<std::string>([&](auto done) { store().read_chunk(id, index, home, done); });
    }
    queue::result<queue::named_messages> find_names(std::vector<std::string> names) {
        return wait<queue::named_messages>([&](auto done) {
            store().find_names(std::move(names), home, done);
        });
    }
    queue::result<std::vector<queue::claimed>> renew(std::vector<queue::claimed> held) {
        using names = std::vector<queue::claimed>;
        return wait<names>([&](auto done) { store().renew(std::move(held), home, done); });
    }

    witness seen;
    inline_home home;

protected:
    template <class T, class Call>
    queue::result<T> wait(Call call) {
        auto promise = std::make_shared<std::promise<queue::result<T>>>();
        auto future = promise->get_future();
        call([promise](queue::result<T> outcome) { promise->set_value(std::move(outcome)); });
        REQUIRE(future.wait_for(20s) == std::future_status::ready);
        return future.get();
    }
};

}  // namespace tests
