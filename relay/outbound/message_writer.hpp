// Sends the content of a message, by DATA or by BDAT.
//
// A server that refuses a message in the middle says why, and closes or reads no more: the writer
// listens while a part of the message waits to be written, and reads what waits when a write fails.
#pragma once

#include <boost/asio/awaitable.hpp>

#include <string>

#include "relay/outbound/body_source.hpp"
#include "relay/outbound/client_timeouts.hpp"
#include "relay/outbound/server_connection.hpp"
#include "relay/smtp/transaction.hpp"

namespace kurir::outbound {

class message_writer {
public:
    // `connection` and `timeouts` must outlive the writer.
    message_writer(server_connection& connection, const client_timeouts& timeouts)
        : connection_(connection), timeouts_(timeouts) {}

    // An error if the connection, or the source, can't go on. What the server says before the end
    // is handed to `dialogue`.
    boost::asio::awaitable<boost::system::error_code> send_data(
        smtp::transaction& dialogue, body_source& body
    );
    boost::asio::awaitable<boost::system::error_code> send_bdat(
        smtp::transaction& dialogue, body_source& body
    );

private:
    boost::asio::awaitable<net::result<void>> write_block();
    boost::asio::awaitable<boost::system::error_code> read_early_reply(
        smtp::transaction& dialogue, boost::system::error_code error
    );
    void shrink();

    server_connection& connection_;
    const client_timeouts& timeouts_;
    std::string output_;  // kept between messages, so that it is allocated once
};

// A reply that was found where none is awaited: `dialogue` gets it.
boost::asio::awaitable<boost::system::error_code> read_unasked(
    server_connection& connection, smtp::transaction& dialogue
);

}  // namespace kurir::outbound
