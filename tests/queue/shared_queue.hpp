// A queue that several owners share, as the model needs it: memory's or PostgreSQL's.
#pragma once

#include <chrono>
#include <memory>
#include <utility>
#include <vector>

#include "queue/shared_store.hpp"
#include "tests/queue/owner.hpp"

namespace tests {

class shared_owner : public owner {
public:
    // Its process ends without releasing anything.
    virtual void die() = 0;

    virtual queue::shared_store& shared() = 0;

    // As in queue/shared_store.hpp, synchronous.
    queue::other_entries browse(queue::entry_name first, std::size_t limit) {
        return wait<queue::other_entries>(
                   [&](auto done) { shared().browse(first, limit, home, done); }
        ).value();
    }
    std::vector<queue::other_entry> find(std::vector<queue::message_id> ids) {
        return wait<std::vector<queue::other_entry>>(
                   [&](auto done) { shared().find(std::move(ids), home, done); }
        ).value();
    }
    std::size_t take(std::vector<queue::entry_name> entries) {
        return wait<std::size_t>([&](auto done) { shared().take(std::move(entries), home, done); }
        ).value();
    }
    std::vector<queue::node> nodes() {
        return wait<std::vector<queue::node>>([&](auto done) { shared().nodes(home, done); }
        ).value();
    }
    std::vector<queue::node_words> tell(std::optional<std::string> text) {
        return exchange({.words = std::move(text)}).words;
    }
    queue::node_hearing exchange(queue::node_telling telling) {
        return wait<queue::node_hearing>(
                   [&](auto done) { shared().tell_nodes(std::move(telling), home, done); }
        ).value();
    }
    std::vector<queue::node> heard_nodes() {
        return wait<std::vector<queue::node>>([&](auto done) { shared().heard_nodes(home, done); }
        ).value();
    }
    queue::result<void> post(std::vector<queue::notice> notices) {
        return wait<void>([&](auto done) { shared().post(std::move(notices), home, done); });
    }
    queue::result<queue::token_grant> draw(queue::token_request request) {
        return wait<queue::token_grant>([&](auto done) {
            shared().draw_tokens(std::move(request), home, done);
        });
    }
    queue::board_page read_board(
        queue::board_place last, std::size_t limit = queue::board_page_max
    ) {
        return wait<queue::board_page>(
                   [&](auto done) { shared().read_board(last, limit, home, done); }
        ).value();
    }
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
