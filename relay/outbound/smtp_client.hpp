// One SMTP connection as a client, from its greeting to QUIT. Reports in verdicts.
//
//   smtp_client client(std::move(socket), name, timeouts, metrics);
//   if (auto refused = co_await client.open({.name = hello})) ...;
//   auto end = co_await client.send(mail, body, manner);        // as often as `usable()`
//   co_await client.quit();
//
// It holds the parts of a connection together: `session_opening`, `transaction_driver` and
// `message_writer` carry out each step over the `server_connection`.
//
// Every step has its own deadline (RFC 5321 section 4.5.3.2), and so have the commands of a
// transaction together, and its body. When it can't go on, the connection is closed and not
// `usable` any more; nothing is thrown. Lives on the socket's executor.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "metrics/outbound.hpp"
#include "relay/outbound/body_source.hpp"
#include "relay/outbound/client_timeouts.hpp"
#include "relay/outbound/connection_login.hpp"
#include "relay/outbound/message_writer.hpp"
#include "relay/outbound/server_connection.hpp"
#include "relay/outbound/session_opening.hpp"
#include "relay/outbound/stage_clock.hpp"
#include "relay/outbound/transaction_driver.hpp"
#include "relay/outbound/transaction_end.hpp"

namespace kurir::outbound {

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

    // Greeting and EHLO, HELO if that is refused (C003), TLS and AUTH as far as `terms` want them.
    // Nothing if all is well.
    boost::asio::awaitable<std::optional<verdict>> open(
        smtp::opening_terms terms, tls_terms tls = {}
    );

    // The credential that `open` may be given for a login by this account.
    std::shared_ptr<connection_login> login_by(std::shared_ptr<const sasl::client_account> account
    ) const {
        return std::make_shared<connection_login>(std::move(account), connection_);
    }

    // One transaction. `mail` must fit what `offers` says: see `refusal`.
    boost::asio::awaitable<transaction_end> send(
        smtp::mail_request mail, body_source& body, transaction_manner manner
    );

    // Why `mail` must not be sent to this host; nothing if it may (decision 23). That 8-bit content
    // needs a conversion is no reason: see `message_conversion`.
    std::optional<verdict> refusal(const smtp::mail_request& mail) const;

    // QUIT, its reply for a short while, and close (C021).
    boost::asio::awaitable<void> quit();

    // Calls `listener` at the end of each stage.
    void on_stage(std::function<void(stage)> listener) { clock_.tell(std::move(listener)); }

    bool secure() const noexcept { return connection_.secure(); }
    bool usable() const noexcept { return usable_; }
    // The open session, and what was agreed on of TLS, if anything.
    const smtp::opening::session& session() const noexcept { return session_; }
    const std::optional<net::tls_session>& tls() const noexcept { return connection_.tls(); }

    // After `open` has failed: the security that could not be had, if that is why, and the error of
    // the handshake, if it came to that.
    const std::optional<smtp::security_failure>& insecure() const noexcept { return insecure_; }
    const boost::system::error_code& tls_error() const noexcept { return connection_.tls_error(); }

    // After `open` has failed: the handshake did, and was to resume an earlier session.
    bool resumption_failed() const noexcept {
        return resumes_ && insecure_ == smtp::security_failure::handshake_failed;
    }

    const smtp::peer& offers() const noexcept { return session_.offers; }
    std::size_t transactions() const noexcept { return transactions_; }

    // The server's own name in its greeting.
    const std::string& greeting_name() const noexcept { return session_.greeting_name; }
    const boost::asio::ip::tcp::endpoint& remote() const noexcept { return connection_.remote(); }
    const boost::asio::ip::tcp::endpoint& local() const noexcept { return connection_.local(); }

private:
    enum class kept_state : std::uint8_t { ready, ended, spoke_unasked };

    boost::asio::awaitable<kept_state> look_at_kept();
    boost::asio::awaitable<kept_state> reset();
    smtp::peer offers_without(extension_set left_out) const;

    server_connection connection_;
    std::string remote_name_;
    client_timeouts timeouts_;
    stage_clock clock_;
    message_writer writer_{connection_, timeouts_};
    transaction_setup setup_{connection_, writer_, clock_, timeouts_};
    smtp::opening::session session_;
    std::optional<smtp::security_failure> insecure_;
    std::size_t transactions_ = 0;
    std::size_t delivered_ = 0;  // transactions that delivered to somebody
    bool resumes_ = false;
    bool usable_ = false;
    bool needs_reset_ = false;
};

}  // namespace kurir::outbound
