// One SMTP connection as a client: carries the bytes of `smtp::transaction`, and reports in
// verdicts.
//
//   smtp_client client(std::move(socket), timeouts);
//   if (auto trouble = co_await client.open(hello)) ...;       // greeting and EHLO
//   auto end = co_await client.send(mail, body);                // as often as `usable()`
//   co_await client.quit();
//
// Every step has its own deadline (RFC 5321 section 4.5.3.2). When it can't go on, the connection
// is closed and not `usable` any more; nothing is thrown. Lives on the socket's executor.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <array>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "metrics/outbound.hpp"
#include "relay/net/clock.hpp"
#include "relay/net/stream.hpp"
#include "relay/outbound/verdict.hpp"
#include "relay/smtp/dot_stuffer.hpp"
#include "relay/smtp/reply_parser.hpp"
#include "relay/smtp/transaction.hpp"

namespace kurir::outbound {

// Where the message comes from: chunk after chunk.
class body_source {
public:
    struct chunk {
        std::string_view bytes;  // valid until the next call
        bool last = false;
    };
    virtual ~body_source() = default;
    virtual boost::asio::awaitable<net::result<chunk>> next() = 0;
};

struct client_timeouts {
    std::chrono::milliseconds greeting;
    std::chrono::milliseconds command;
    std::chrono::milliseconds data;
    std::chrono::milliseconds block;
    std::chrono::milliseconds final_reply;
    std::chrono::milliseconds quit;
};

// What became of each recipient of one transaction.
struct transaction_end {
    std::vector<verdict> verdicts;    // in the order of the request's recipients
    std::vector<bool> again_at_once;  // too many for one transaction: try these in another one now
    bool stale =
        false;  // a kept connection turned out to be dead before anything was sent: try anew
};

class smtp_client {
public:
    // `remote`: the host's name, for the diagnostics. `metrics`, which is told how long each stage
    // takes, must outlive the client.
    smtp_client(
        boost::asio::ip::tcp::socket socket,
        std::string remote,
        client_timeouts timeouts,
        metrics::outbound& metrics
    );

    // Greeting, then EHLO with `hello`, HELO if that is refused (C003). Nothing if all is well.
    boost::asio::awaitable<std::optional<verdict>> open(std::string hello);

    // One transaction. `mail` must fit what `offers` says: see `refusal`.
    boost::asio::awaitable<transaction_end> send(smtp::mail_request mail, body_source& body);

    // Why `mail` must not be sent to this host, if so (decisions 23).
    std::optional<verdict> refusal(const smtp::mail_request& mail) const;

    // QUIT, its reply for a short while, and close (C021).
    boost::asio::awaitable<void> quit();

    bool usable() const noexcept { return usable_; }
    const smtp::peer& offers() const noexcept { return offers_; }
    std::size_t transactions() const noexcept { return transactions_; }

    // The name that the server gave itself in its greeting.
    const std::string& greeting_name() const noexcept { return greeting_name_; }
    const boost::asio::ip::tcp::endpoint& remote() const noexcept { return stream_.remote(); }
    const boost::asio::ip::tcp::endpoint& local() const noexcept { return stream_.local(); }

private:
    boost::asio::awaitable<net::result<smtp::reply>> read_reply(std::chrono::milliseconds within);
    boost::asio::awaitable<net::result<smtp::reply>> command(
        std::string line, std::chrono::milliseconds within
    );
    boost::asio::awaitable<std::optional<verdict>> say_hello(std::string hello);
    boost::asio::awaitable<boost::system::error_code> perform(
        smtp::transaction& dialogue, const smtp::transaction::step& step, body_source& body
    );
    boost::asio::awaitable<boost::system::error_code> send_data(
        smtp::transaction& dialogue, body_source& body
    );
    boost::asio::awaitable<boost::system::error_code> send_bdat(
        smtp::transaction& dialogue, body_source& body
    );
    void ended(stage which);
    std::optional<verdict> refused(stage where, const smtp::reply& said);
    verdict broken(stage where, boost::system::error_code what);
    transaction_end judged(const smtp::transaction& dialogue, boost::system::error_code what);
    std::chrono::milliseconds limit_of(smtp::client_stage where) const;

    net::stream stream_;
    std::string remote_name_;
    client_timeouts timeouts_;
    metrics::outbound& metrics_;
    net::clock::time_point stage_began_ = net::clock::now();
    smtp::peer offers_;
    smtp::reply_parser parser_;
    std::array<char, 4096> input_{};
    std::string_view unread_;  // part of `input_` that the parser has not taken
    std::string greeting_name_;
    std::string output_;  // kept between messages, so that it is allocated once
    std::size_t transactions_ = 0;
    bool usable_ = false;
    bool needs_reset_ = false;
};

}  // namespace kurir::outbound
