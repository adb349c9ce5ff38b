// The logins of one session: between the dialogue, which has the lines, and the users.
//
// A refusal is held back for a while that grows (`users::login_limits`); nothing but this session
// waits for it. Lives on the session's thread.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "metrics/labels.hpp"
#include "relay/config/config.hpp"
#include "relay/facts/observer.hpp"
#include "relay/inbound/client.hpp"
#include "relay/inbound/login_attempt.hpp"
#include "relay/inbound/login_desk.hpp"
#include "relay/inbound/session_settings.hpp"
#include "relay/net/clock.hpp"
#include "relay/net/stream.hpp"
#include "relay/smtp/server_dialogue.hpp"

namespace kurir::inbound {

class session_login {
public:
    // The parts of its session. All must outlive it.
    struct parts {
        const session_surroundings& around;
        const config::config& config;
        const config::listener_profile& profile;
        smtp::server_dialogue& dialogue;
        net::stream& stream;
        const inbound::client& client;
        const std::string& session_id;
        std::function<void(inbound::client)> become;  // the client is this one from now on
    };

    session_login(parts session, boost::asio::any_io_executor executor)
        : session_(std::move(session)), pause_(std::move(executor)) {}

    smtp::login_policy policy() const noexcept;

    // What can succeed: as the session is, or as it would be under TLS.
    std::vector<std::string_view> offered(bool secure) const;

    // What the dialogue asks: each answers it.
    boost::asio::awaitable<void> begin(std::string_view initial);
    boost::asio::awaitable<void> respond(std::string_view response);
    void cancel();

    // Nothing is held back any more: the session has to end.
    void hurry();

private:
    sasl::server_terms terms(bool secure) const;
    boost::asio::awaitable<void> go_on(sasl::server_step step);
    boost::asio::awaitable<void> check(sasl::password_asked asked);
    boost::asio::awaitable<void> check(sasl::token_asked asked);
    boost::asio::awaitable<void> fail();
    boost::asio::awaitable<void> fail_token(std::string_view fault);
    boost::asio::awaitable<void> hold_back();
    bool may_check(const std::string& name);
    bool is_shut();
    void succeed();
    void refuse(smtp::login_refusal reason, metrics::login_outcome outcome);
    void tell(metrics::login_outcome outcome, std::string_view fault = {});
    users::login_limits::login tried() const;

    const parts session_;
    net::timer pause_;
    bool hurried_ = false;
    std::optional<login_attempt> attempt_;
};

}  // namespace kurir::inbound
