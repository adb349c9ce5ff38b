// Carries out one mail transaction: sends what `smtp::transaction` says, and hands it the replies.
//
// Before anything is sent, it looks for replies that wait unasked.
#pragma once

#include <boost/asio/awaitable.hpp>

#include <cstdint>

#include "relay/outbound/body_source.hpp"
#include "relay/outbound/client_timeouts.hpp"
#include "relay/outbound/message_writer.hpp"
#include "relay/outbound/server_connection.hpp"
#include "relay/outbound/session_opening.hpp"
#include "relay/outbound/stage_clock.hpp"
#include "relay/smtp/transaction.hpp"

namespace kurir::outbound {

// What the transactions of one connection share; must outlive them.
struct transaction_setup {
    server_connection& connection;
    message_writer& writer;
    stage_clock& clock;
    const client_timeouts& timeouts;
};

class transaction_driver {
public:
    // `dialogue` must outlive the driver. `opened`: this is the first transaction after this
    // opening, and a late reply to EHLO may still come; else null.
    transaction_driver(
        const transaction_setup& setup,
        smtp::transaction& dialogue,
        const smtp::opening::session* opened
    )
        : setup_(setup), dialogue_(dialogue), opened_(opened) {}

    // Until `dialogue` is finished, or the connection or `body`, a message of `size` bytes, can't
    // go on.
    boost::asio::awaitable<boost::system::error_code> run(body_source& body, std::uint64_t size);

    // The server has answered a command, other than by 421.
    bool answered() const noexcept { return answered_; }

private:
    boost::asio::awaitable<boost::system::error_code> perform(
        const smtp::transaction::step& step, body_source& body, std::uint64_t size
    );
    boost::asio::awaitable<boost::system::error_code> send_commands(const std::string& bytes);
    boost::asio::awaitable<boost::system::error_code> read_reply(smtp::client_stage stage);
    bool is_hello_again(const smtp::reply& reply, smtp::client_stage stage) const;
    void note(const smtp::reply& reply);

    const transaction_setup& setup_;
    smtp::transaction& dialogue_;
    const smtp::opening::session* opened_;
    bool answered_ = false;
};

}  // namespace kurir::outbound
