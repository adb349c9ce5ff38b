// Some messages of this relay's queue on their way to another relay: they are put on a hold that
// says so (handover_mark.hpp), handed over side by side, and removed. What the other relay has not
// got goes on here, at the time at which it would have been tried. Lives on the executor of the
// view.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "queue/store.hpp"
#include "relay/app/handover_mark.hpp"
#include "relay/app/handover_verdict.hpp"
#include "relay/app/message_handover.hpp"
#include "relay/control/queue_view.hpp"

namespace kurir::app {

// What a hand-over has done.
struct handover_account {
    std::size_t moved = 0;      // messages
    std::size_t refused = 0;    // the other relay does not want them: they go on here
    std::string obstacle = {};  // why it was stopped; empty: it was not
};

class handover_batch {
public:
    // What it works with. `callers`: one for each message at a time, whose calls run on `threads`.
    struct tools {
        control::queue_view& view;
        queue::store& store;
        boost::asio::any_io_executor home;
        boost::asio::any_io_executor threads;
        std::vector<std::unique_ptr<message_handover>> callers;
        std::string peer;      // as marks have it
        std::string hostname;  // ours
        std::function<bool()> is_over;
    };

    // Both must outlive it.
    handover_batch(tools& means, handover_account& account) : tools_(means), account_(account) {}

    // Some hundreds at most.
    boost::asio::awaitable<void> hand_over(std::vector<queue::message_id> ids);

private:
    // The deliveries of one message.
    struct leaving {
        queue::message_id id;
        std::vector<control::listed> deliveries = {};
        bool in_doubt = false;
    };
    using found = std::vector<leaving>;

    boost::asio::awaitable<std::optional<found>> read(const std::vector<queue::message_id>& ids);
    boost::asio::awaitable<void> mark(const found& messages);
    boost::asio::awaitable<void> work(message_handover& caller);
    boost::asio::awaitable<void> offer(message_handover& caller, leaving message);
    boost::asio::awaitable<handover_outcome> call(
        message_handover& caller, const leaving& message, const handover_mark& marked
    );
    boost::asio::awaitable<void> remove(const leaving& message, const std::string& there);
    boost::asio::awaitable<void> release(const found& messages);
    boost::asio::awaitable<std::size_t> carry_out(
        outbound::operator_order order, std::vector<outbound::order_part> parts
    );
    bool goes_on() const { return account_.obstacle.empty() && !tools_.is_over(); }

    tools& tools_;
    handover_account& account_;
    std::deque<leaving> line_;  // marked, and not yet offered
    found left_;                // offered, and not there
};

}  // namespace kurir::app
