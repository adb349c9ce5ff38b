// One connection slot: takes jobs, keeps one SMTP connection open between them, settles what it
// did.
//
// Within one attempt it tries every address of every host of the route, in order (conformance
// C051), until each recipient has a verdict that no other host can better. It takes its next job
// only when the settlement of the one before last is durable, so that a kill duplicates at most two
// messages (decisions 3).
#pragma once

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "relay/net/home.hpp"
#include "relay/net/task_group.hpp"
#include "relay/outbound/dispatcher.hpp"
#include "relay/outbound/hosts.hpp"
#include "relay/outbound/route.hpp"
#include "relay/outbound/services.hpp"
#include "relay/outbound/settle.hpp"
#include "relay/outbound/smtp_client.hpp"

namespace kurir::outbound {

// Held while a remote server may take a message, or what became of one is not on the disk yet.
using stake = std::shared_ptr<const void>;

class connection_slot {
public:
    // All references must outlive the slot, which lives on the executor of `home`. Copies of `held`
    // are what the slot has at stake.
    connection_slot(
        const services& with,
        net::home& home,
        dispatcher& of,
        connection_id who,
        std::shared_ptr<const route> where,
        const stake& held
    );

    // Works until its connection ends or the dispatcher sends it home. Every job it took is
    // settled, or given back, when this ends.
    boost::asio::awaitable<void> run();

private:
    // One attempt under way: who still needs a verdict, and what the hosts said so far.
    struct attempt {
        job what;  // of one message
        std::shared_ptr<const queue::stored_message> message;
        attempt_record record;
        host_cursor hosts;
        std::vector<std::uint32_t> open = {};  // recipients without a final verdict
        std::vector<recipient_verdict> verdicts = {};
        std::optional<verdict> trouble = {};  // what to tell those whom no host served
        bool reached = false;                 // some host took part in a transaction
        bool throttled = false;
        stake held = {};  // from the first transaction on
    };

    boost::asio::awaitable<void> work(report& last);
    boost::asio::awaitable<std::optional<job>> next_job(report last);
    boost::asio::awaitable<report> take(job next);
    boost::asio::awaitable<report> put_off(attempt now);
    boost::asio::awaitable<void> deliver(attempt& now);
    boost::asio::awaitable<void> transact(attempt& now);
    boost::asio::awaitable<bool> connect(attempt& now);
    boost::asio::awaitable<std::optional<verdict>> open(const host_address& host);
    boost::asio::awaitable<void> drop_connection();
    void record_verdicts(attempt& now, const transaction_end& end);
    void give_up(attempt& now);
    boost::asio::awaitable<void> settle_in_background(attempt done);
    boost::asio::awaitable<void> write(finished_attempt finished, stake held);
    boost::asio::awaitable<void> settled_but(std::size_t outstanding);
    void count_settling(double messages, double recipients);

    const services& with_;
    net::home& home_;
    dispatcher& dispatcher_;
    connection_id who_;
    std::shared_ptr<const route> route_;
    const stake& held_;
    std::unique_ptr<smtp_client> client_;
    host_address connected_to_;
    job current_;  // in hand, until its settlement is under way
    net::task_group settling_;
    net::timer settled_;  // never expires; cancelled when a settlement is durable
    std::size_t outstanding_ = 0;
};

}  // namespace kurir::outbound
