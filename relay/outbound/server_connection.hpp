// The bytes of one connection to an SMTP server: commands go out, replies come in, each by its
// deadline. It knows nothing of the order of commands, and judges nothing.
//
// A reply that nobody asked for would be taken for the reply to the next command. So whoever writes
// looks first whether it is `quiet`.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <array>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "relay/net/clock.hpp"
#include "relay/net/stream.hpp"
#include "relay/smtp/reply_parser.hpp"

namespace kurir::outbound {

// The server closes the connection (RFC 5321 section 3.8).
inline constexpr int closing_code = 421;

class server_connection {
public:
    using reply_result = net::result<smtp::reply>;

    // `host_name`: the server's, for transcripts; may be empty.
    explicit server_connection(boost::asio::ip::tcp::socket socket, std::string host_name = {})
        : stream_(std::move(socket)), host_name_(std::move(host_name)) {}

    // No operation lasts beyond this time, whatever its own timeout.
    void finish_by(net::clock::time_point time) noexcept { end_ = time; }
    void finish_at_any_time() noexcept { end_ = net::clock::time_point::max(); }

    // `smtp_error::protocol` if what came is no reply: then see `offending`.
    boost::asio::awaitable<reply_result> read_reply(std::chrono::milliseconds timeout);
    boost::asio::awaitable<reply_result> read_greeting(std::chrono::milliseconds timeout);

    // A reply that nobody asked for, or that a failed write left behind: it is there already, or
    // comes within a short while.
    boost::asio::awaitable<reply_result> read_leftover();

    // All of `bytes`, which must stay valid until then.
    boost::asio::awaitable<net::result<void>> write(
        std::string_view bytes, std::chrono::milliseconds timeout
    );

    // The same for a part of a message: ends with `errc::interrupted` when the server says
    // something meanwhile.
    boost::asio::awaitable<net::result<void>> write_unless_answered(
        std::string_view bytes, std::chrono::milliseconds timeout
    );

    // Agrees on TLS, while it is `quiet`. After an error the connection is good for nothing.
    boost::asio::awaitable<net::result<net::tls_session>> start_tls(
        const net::tls_context& context,
        std::string peer_name,
        net::tls_resumption resumption,
        std::chrono::milliseconds timeout
    );

    // Nothing was said that was not asked for. Also true when the server has closed: the next write
    // or read tells that.
    bool quiet();

    // What was agreed on; nothing in clear.
    const std::optional<net::tls_session>& tls() const noexcept { return tls_; }
    // Why nothing was agreed on, if that was tried.
    const boost::system::error_code& tls_error() const noexcept { return tls_error_; }

    // What came instead of a reply. Untrusted.
    const std::string& offending() const noexcept { return offending_; }
    void forget_offending() noexcept { offending_.clear(); }

    void close() noexcept { stream_.close(); }

    bool secure() const noexcept { return stream_.secure(); }
    net::channel_ids channel() const { return stream_.channel(); }

    const boost::asio::ip::tcp::endpoint& remote() const noexcept { return stream_.remote(); }
    const boost::asio::ip::tcp::endpoint& local() const noexcept { return stream_.local(); }

private:
    boost::asio::awaitable<net::result<void>> read_to_end_of_reply(std::chrono::milliseconds timeout
    );
    boost::asio::awaitable<void> read_rest_of_line();
    net::clock::time_point deadline(std::chrono::milliseconds timeout) const;

    void transcribe(bool by_server, const std::string& text) const;

    net::stream stream_;
    std::string host_name_;
    net::clock::time_point end_ = net::clock::time_point::max();
    smtp::reply_parser parser_;
    std::array<char, 4096> input_{};
    std::string_view unread_;  // part of `input_` that the parser has not taken
    std::string offending_;
    std::optional<net::tls_session> tls_;
    boost::system::error_code tls_error_;
};

}  // namespace kurir::outbound
