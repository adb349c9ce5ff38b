// One SMTP connection as a client: carries the bytes of `smtp::opening` and `smtp::transaction`,
// and reports in verdicts.
//
//   smtp_client client(std::move(socket), timeouts);
//   if (auto trouble = co_await client.open(hello)) ...;       // greeting and EHLO
//   auto end = co_await client.send(mail, body, manner);        // as often as `usable()`
//   co_await client.quit();
//
// Every step has its own deadline (RFC 5321 section 4.5.3.2), and so have the commands of a
// transaction together, and its body. When it can't go on, the connection is closed and not
// `usable` any more; nothing is thrown. Lives on the socket's executor.
//
// Before anything is sent, the client looks for bytes that wait unasked. A server that refuses a
// message in the middle says why, and closes or reads no more: the client listens while a part of
// the message waits to be written, and reads what waits when a write fails.
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
#include "relay/outbound/extensions.hpp"
#include "relay/outbound/verdict.hpp"
#include "relay/smtp/dot_stuffer.hpp"
#include "relay/smtp/opening.hpp"
#include "relay/smtp/reply_parser.hpp"
#include "relay/smtp/transaction.hpp"

namespace kurir::outbound {

// The source of the message's bytes, chunk after chunk.
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

// What became of each recipient of one transaction, and what it says of the server.
struct transaction_end {
    std::vector<verdict> verdicts;    // in the order of the request's recipients
    std::vector<bool> again_at_once;  // too many for one transaction: try them in another one now
    bool stale = false;  // a kept connection was dead, or not to be trusted, before anything was
                         // sent over it: try anew
    std::size_t carried = 0;            // messages that the connection had delivered before
    bool kept = false;                  // and whether it had served any transaction
    bool in_groups = false;             // commands went in groups (PIPELINING)
    std::vector<std::size_t> accepted;  // positions of the recipients that the server took
    std::optional<std::size_t> cut_at;  // the recipient at which it ended the connection
    bool refusals_forgotten = false;    // refusals that a missing reply leaves unproven
    bool all_too_many = false;          // the recipients it took were too many in the end
    bool out_of_step = false;           // a reply did not fit its command
    bool group_out_of_step = false;     // and that was in a group, before the message was sent
    bool unasked = false;               // a reply came that nobody asked for
    extension_set failing;              // offered, used, and it seems that they don't work
};

// How a transaction is held with this server.
struct transaction_manner {
    extension_set without = {};  // offered, and not to be used
    full_mailbox when_full = full_mailbox::fails;
};

class smtp_client {
public:
    // `remote`: the host's name, for the diagnostics. `metrics` gets the duration of each stage and
    // must outlive the client.
    smtp_client(
        boost::asio::ip::tcp::socket socket,
        std::string remote,
        client_timeouts timeouts,
        metrics::outbound& metrics
    );

    // Greeting, then EHLO with `hello`, HELO if that is refused (C003). Nothing if all is well.
    boost::asio::awaitable<std::optional<verdict>> open(std::string hello);

    // One transaction. `mail` must fit what `offers` says: see `refusal`.
    boost::asio::awaitable<transaction_end> send(
        smtp::mail_request mail, body_source& body, transaction_manner manner
    );

    // Why `mail` must not be sent to this host; nothing if it may (decision 23).
    std::optional<verdict> refusal(const smtp::mail_request& mail) const;

    // QUIT, its reply for a short while, and close (C021).
    boost::asio::awaitable<void> quit();

    bool usable() const noexcept { return usable_; }
    const smtp::peer& offers() const noexcept { return offers_; }
    std::size_t transactions() const noexcept { return transactions_; }

    // The server's own name in its greeting.
    const std::string& greeting_name() const noexcept { return greeting_name_; }
    const boost::asio::ip::tcp::endpoint& remote() const noexcept { return stream_.remote(); }
    const boost::asio::ip::tcp::endpoint& local() const noexcept { return stream_.local(); }

private:
    using reply_result = net::result<smtp::reply>;

    boost::asio::awaitable<reply_result> read_reply(
        std::chrono::milliseconds within, bool greeting = false
    );
    boost::asio::awaitable<void> read_rest_of_line();
    bool quiet();
    boost::asio::awaitable<reply_result> say_opening(smtp::opening& opening);
    boost::asio::awaitable<bool> is_ready(transaction_end& end);
    boost::asio::awaitable<boost::system::error_code> converse(
        smtp::transaction& dialogue, body_source& body
    );
    boost::asio::awaitable<boost::system::error_code> hear_reply(
        smtp::transaction& dialogue, smtp::client_stage stage
    );
    boost::asio::awaitable<boost::system::error_code> perform(
        smtp::transaction& dialogue, const smtp::transaction::step& step, body_source& body
    );
    boost::asio::awaitable<boost::system::error_code> send_commands(
        smtp::transaction& dialogue, const std::string& bytes
    );
    boost::asio::awaitable<boost::system::error_code> send_data(
        smtp::transaction& dialogue, body_source& body
    );
    boost::asio::awaitable<boost::system::error_code> send_bdat(
        smtp::transaction& dialogue, body_source& body
    );
    boost::asio::awaitable<boost::system::error_code> hear_unasked(smtp::transaction& dialogue);
    boost::asio::awaitable<net::result<void>> write_block();
    boost::asio::awaitable<boost::system::error_code> hear_early(
        smtp::transaction& dialogue, boost::system::error_code otherwise
    );
    smtp::peer offers_without(extension_set left_out) const;
    bool is_hello_again(const smtp::reply& said) const;
    void ended(stage which);
    verdict broken(stage where, boost::system::error_code what);
    verdict with_remote(verdict what) const;
    void judge_all(
        const smtp::transaction& dialogue,
        boost::system::error_code what,
        full_mailbox when_full,
        transaction_end& end
    );
    net::clock::time_point deadline(std::chrono::milliseconds within) const;
    std::chrono::milliseconds limit_of(smtp::client_stage where) const;

    net::stream stream_;
    std::string remote_name_;
    client_timeouts timeouts_;
    metrics::outbound& metrics_;
    net::clock::time_point stage_began_ = net::clock::now();
    net::clock::time_point ends_ = net::clock::time_point::max();  // of commands, then of the body
    std::chrono::milliseconds body_time_{};
    smtp::peer offers_;
    smtp::reply hello_;
    smtp::reply_parser parser_;
    std::array<char, 4096> input_{};
    std::string_view unread_;  // part of `input_` that the parser has not taken
    std::string greeting_name_;
    std::string offence_;  // what came instead of a reply
    std::string output_;   // kept between messages, so that it is allocated once
    std::size_t transactions_ = 0;
    std::size_t delivered_ = 0;  // transactions that delivered to somebody
    bool usable_ = false;
    bool needs_reset_ = false;
    bool answered_ = false;  // something but 421, in this transaction
};

}  // namespace kurir::outbound
