// A store in memory that does what a test tells it: answers at once, later, or with an error.
#pragma once

#include <algorithm>
#include <atomic>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "queue/store.hpp"

namespace tests {

namespace queue = kurir::queue;

class fake_store final : public queue::store {
public:
    // What the next calls answer; none: success.
    std::optional<queue::errc> append_error;
    std::optional<queue::errc> commit_error;
    std::optional<queue::errc> names_error;
    bool hold_commits = false;  // until `release`
    queue::store_state reported_state = queue::store_state::open;

    std::vector<queue::submission> committed;
    std::map<std::uint32_t, std::string> chunks;  // appended, by number
    std::size_t appends = 0;
    std::size_t discards = 0;

    void release() {
        for (auto& complete : std::exchange(held_, {}))
            complete();
    }
    std::size_t held() const { return held_.size(); }

    queue::message_id allocate() override { return queue::message_id(++last_id_); }

    void append(
        queue::message_id,
        std::uint32_t index,
        std::string bytes,
        queue::completion_queue& home,
        queue::completion<void> done
    ) override {
        ++appends;
        if (!append_error) chunks[index] = std::move(bytes);
        complete(home, std::move(done), append_error);
    }

    void commit(
        queue::submission message, queue::completion_queue& home, queue::completion<void> done
    ) override {
        auto finish = [this, &home, done, stored = std::move(message)] {
            auto error = commit_error;
            const bool known = std::ranges::any_of(stored.names, [this](const auto& name) {
                return given_.contains(name);
            });
            if (!error && stored.names_are_new && known) error = queue::errc::known;
            if (!error) {
                for (const auto& name : stored.names)
                    given_[name] = stored.mail.id;
                committed.push_back(stored);
            }
            complete(home, done, error);
        };
        if (hold_commits) {
            held_.push_back(std::move(finish));
        } else {
            finish();
        }
    }

    void discard(queue::message_id, std::uint32_t) override { ++discards; }
    queue::store_state state() const override { return reported_state; }

    using named = queue::completion<queue::named_messages>;
    void find_names(std::vector<std::string> names, queue::completion_queue& home, named done)
        override {
        queue::named_messages found;
        for (const auto& name : names) {
            const auto at = given_.find(name);
            found.push_back(at == given_.end() ? std::nullopt : std::optional(at->second));
        }
        home.post({[done = std::move(done), found = std::move(found), error = names_error] {
            done(error ? queue::result<queue::named_messages>(*error) : found);
        }});
    }

    // Not for the inbound side.
    using message_ptr = std::shared_ptr<const queue::stored_message>;
    using home = queue::completion_queue;
    void settle(queue::settlement, home&, queue::completion<void>) override {}
    void read(queue::message_id, home&, queue::completion<message_ptr>) override {}
    using envelopes = queue::completion<queue::stored_envelopes>;
    void read_envelopes(std::vector<queue::message_id>, home&, envelopes) override {}
    message_ptr read_recent(queue::message_id) override { return nullptr; }
    void read_chunk(queue::message_id, std::uint32_t, home&, queue::completion<std::string>)
        override {}
    void claim(queue::claim_order, home&, queue::completion<std::size_t>) override {}
    void renew(std::vector<queue::claimed>, home&, queue::completion<std::vector<queue::claimed>>)
        override {}
    void release(std::vector<queue::claimed>) override {}

private:
    static void complete(
        queue::completion_queue& home,
        queue::completion<void> done,
        std::optional<queue::errc> error
    ) {
        std::vector<std::function<void()>> tasks;
        tasks.push_back([done = std::move(done), error] {
            done(error ? queue::result<void>(*error) : queue::result<void>());
        });
        home.post(std::move(tasks));
    }

    std::atomic<std::uint64_t> last_id_ = 0;
    std::vector<std::function<void()>> held_;
    std::map<std::string, queue::message_id> given_;
};

}  // namespace tests
