// Operators' orders over the queue: takes them, carries them out in the background, and tells how
// far they are. Many at a time; each goes through the queue once, through what was moved meanwhile,
// and then again for what was being tried.
//
// An order goes on without who gave it, and ends with the process. It means what was in the queue
// when it was given: one that is given before the queue has been read at the start waits for that.
// Lives on one executor.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "relay/control/queue_view.hpp"
#include "relay/control/selector.hpp"
#include "relay/net/task_group.hpp"
#include "relay/outbound/operator_order.hpp"

namespace kurir::control {

std::optional<outbound::order_action> action_named(std::string_view name);
std::string_view text_of(outbound::order_action action) noexcept;
std::string known_actions();  // as a sentence

// An order and how far it is.
struct order_state {
    std::uint64_t number = 0;
    std::shared_ptr<const outbound::operator_order> order;
    std::string selection;  // as it was given, for people
    bool dry_run = false;
    std::size_t matched = 0;  // deliveries that fit
    std::size_t recipients = 0;
    std::size_t done = 0;            // of these, on which it was carried out
    std::size_t busy = 0;            // being tried when it came to them last
    std::size_t busy_elsewhere = 0;  // of these, by another node
    bool waiting = false;            // for the queue to be read
    bool over = false;
    bool stopped = false;  // by the operator, or because the relay ends or can't read its queue
};

class order_desk {
public:
    static constexpr std::size_t kept = 100;  // orders that are over
    static constexpr std::size_t running_max = 8;

    // `view` must outlive `stop`.
    order_desk(boost::asio::any_io_executor executor, queue_view& view);

    // Its number; nothing if too many run.
    std::optional<std::uint64_t> begin(
        outbound::operator_order order, selector wanted, std::string selection, bool dry_run
    );
    const order_state* find(std::uint64_t number) const;
    const std::map<std::uint64_t, order_state>& all() const noexcept { return orders_; }
    // Ends it after what is being written. False if there is none, or it is over.
    bool end(std::uint64_t number);

    boost::asio::awaitable<void> stop();

private:
    boost::asio::awaitable<void> run(std::uint64_t number, std::shared_ptr<const selector> wanted);
    boost::asio::awaitable<void> wait_for_queue(order_state& state);
    boost::asio::awaitable<void> pass(
        std::uint64_t number, const std::shared_ptr<const selector>& wanted
    );
    // Carries an order out on these, or counts them if that is all it does.
    boost::asio::awaitable<void> take(order_state& state, std::vector<listed> found);
    void forget_old();

    boost::asio::any_io_executor executor_;
    queue_view& view_;
    net::task_group tasks_;
    std::map<std::uint64_t, order_state> orders_;
    std::uint64_t last_ = 0;
    bool stopping_ = false;
};

}  // namespace kurir::control
