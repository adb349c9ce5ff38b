// A store in memory that does what a test tells it: answers at once, later, or with an error.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "queue/store.hpp"

namespace tests {

class fake_store final : public kurir::queue::store {
public:
    // What the next calls answer; none: success.
    std::optional<kurir::queue::errc> append_error;
    std::optional<kurir::queue::errc> commit_error;
    bool hold_commits = false;  // until `release`
    kurir::queue::store_state now = kurir::queue::store_state::open;

    std::vector<kurir::queue::submission> committed;
    std::map<std::uint32_t, std::string> chunks;  // appended, by number
    std::size_t appends = 0;
    std::size_t discards = 0;

    void release() {
        for (auto& complete : std::exchange(held_, {}))
            complete();
    }
    std::size_t held() const { return held_.size(); }

    kurir::queue::message_id allocate() override { return kurir::queue::message_id(++last_id_); }

    void append(
        kurir::queue::message_id,
        std::uint32_t index,
        std::string bytes,
        kurir::queue::completion_queue& home,
        kurir::queue::completion<void> done
    ) override {
        ++appends;
        if (!append_error) chunks[index] = std::move(bytes);
        complete(home, std::move(done), append_error);
    }

    void commit(
        kurir::queue::submission message,
        kurir::queue::completion_queue& home,
        kurir::queue::completion<void> done
    ) override {
        auto finish = [this, &home, done, stored = std::move(message)] {
            if (!commit_error) committed.push_back(stored);
            complete(home, done, commit_error);
        };
        if (hold_commits) {
            held_.push_back(std::move(finish));
        } else {
            finish();
        }
    }

    void discard(kurir::queue::message_id, std::uint32_t) override { ++discards; }
    kurir::queue::store_state state() const override { return now; }

    // Not for the inbound side.
    void
    settle(kurir::queue::settlement, kurir::queue::completion_queue&, kurir::queue::completion<void>)
        override {}
    void
    read(kurir::queue::message_id, kurir::queue::completion_queue&, kurir::queue::completion<std::shared_ptr<const kurir::queue::stored_message>>)
        override {}
    std::shared_ptr<const kurir::queue::stored_message> read_recent(kurir::queue::message_id
    ) override {
        return nullptr;
    }
    void
    read_chunk(kurir::queue::message_id, std::uint32_t, kurir::queue::completion_queue&, kurir::queue::completion<std::string>)
        override {}

private:
    static void complete(
        kurir::queue::completion_queue& home,
        kurir::queue::completion<void> done,
        std::optional<kurir::queue::errc> error
    ) {
        std::vector<std::function<void()>> one;
        one.push_back([done = std::move(done), error] {
            done(error ? kurir::queue::result<void>(*error) : kurir::queue::result<void>());
        });
        home.post(std::move(one));
    }

    std::atomic<std::uint64_t> last_id_ = 0;
    std::vector<std::function<void()>> held_;
};

}  // namespace tests
