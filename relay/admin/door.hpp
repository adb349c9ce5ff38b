// Where an HTTP server takes its connections: a TCP address, or a Unix socket.
//
// On the server's executor. An accepted connection is a socket of either kind.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include <cstdint>
#include <string>
#include <string_view>

#include "relay/net/error.hpp"

namespace kurir::admin {

class door {
public:
    using socket = boost::asio::generic::stream_protocol::socket;

    // A connection, and whose share of the places it takes: its address, or that of this machine.
    struct guest {
        socket connection;
        boost::asio::ip::address client;
    };

    door() = default;
    door(const door&) = delete;
    door& operator=(const door&) = delete;
    virtual ~door() = default;

    // Takes its address. After an error it may be tried again.
    virtual boost::system::error_code listen() = 0;
    // The next connection that may come in. `operation_aborted` after `close`.
    virtual boost::asio::awaitable<net::result<guest>> accept() = 0;
    virtual bool is_open() const = 0;
    virtual void close() = 0;

    // For logs: what the event of its start says, a literal; the address and the port, or the path
    // and 0.
    virtual std::string_view listening_event() const = 0;
    virtual std::string address() const = 0;
    virtual std::uint16_t port() const = 0;
};

class tcp_door final : public door {
public:
    // `event`: what `listening_event` returns, a literal.
    tcp_door(
        boost::asio::any_io_executor executor,
        boost::asio::ip::tcp::endpoint local,
        std::string_view event = "http_listening"
    )
        : acceptor_(executor), local_(std::move(local)), event_(event) {}

    boost::system::error_code listen() override;
    boost::asio::awaitable<net::result<guest>> accept() override;
    bool is_open() const override { return acceptor_.is_open(); }
    void close() override;
    std::string_view listening_event() const override { return event_; }
    std::string address() const override { return local_.address().to_string(); }
    std::uint16_t port() const override { return local_.port(); }

private:
    boost::asio::ip::tcp::acceptor acceptor_;
    boost::asio::ip::tcp::endpoint local_;
    const std::string_view event_;
};

// Takes its address, or logs `lifecycle` with what=listen_failed. `setting` names the address.
bool take_address(door& entrance, std::string_view setting);

// A socket in a folder. Only the relay's own user and root may use it: the file's mode says so, and
// the peer's credentials prove it. What an earlier process left at the path is replaced.
class unix_door final : public door {
public:
    unix_door(boost::asio::any_io_executor executor, std::string path)
        : acceptor_(executor), path_(std::move(path)) {}
    ~unix_door() override;

    boost::system::error_code listen() override;
    boost::asio::awaitable<net::result<guest>> accept() override;
    bool is_open() const override { return acceptor_.is_open(); }
    void close() override;
    std::string_view listening_event() const override { return "admin_listening"; }
    std::string address() const override { return path_; }
    std::uint16_t port() const override { return 0; }

private:
    boost::asio::local::stream_protocol::acceptor acceptor_;
    const std::string path_;
    bool made_ = false;  // the file is ours
};

}  // namespace kurir::admin
