// The part of a connection slot that begins a session over a connection: TLS as the policy asks, a
// login if the route has a credential.
#include <memory>
#include <utility>

#include "relay/outbound/connection_slot.hpp"
#include "relay/outbound/labels.hpp"
#include "relay/outbound/reach.hpp"
#include "relay/outbound/tls_outcome.hpp"

namespace kurir::outbound {

namespace asio = boost::asio;
using asio::ip::tcp;

// With a token that the server refuses, once more with a new one.
asio::awaitable<std::optional<verdict>> connection_slot::begin_session(
    attempt& attempt,
    const host_address& host,
    const relayhost_credential& credential,
    tcp::socket socket
) {
    setup_.reach.answered(host, route_->key.source.text());
    auto no = co_await open(attempt, host, credential, std::move(socket));
    if (!no || !std::exchange(fresh_token_, false)) co_return no;
    const auto fresh = co_await find_credential();
    if (!fresh) co_return fresh.error();
    auto again = co_await dial_again(attempt, host);
    if (!again) co_return again.error();
    co_return co_await open(attempt, host, *fresh, std::move(*again));
}

// Where the handshake fails that would resume a session, once more without. Where TLS fails and the
// policy allows it, once more in clear; but never with a login, which must not be shown because of
// a moment's trouble.
asio::awaitable<std::optional<verdict>> connection_slot::open(
    attempt& attempt,
    const host_address& host,
    const relayhost_credential& credential,
    tcp::socket socket
) {
    const bool logs_in = credential.account != nullptr;
    const auto plan = plan_tls(host, !logs_in && setup_.tls.failed_lately(host));
    auto no = co_await open(attempt, host, plan, credential, std::move(socket));
    if (no && std::exchange(stale_session_, false)) {
        setup_.tls.forget_session(route_->key, host);
        auto anew = co_await dial_again(attempt, host);
        if (!anew) co_return anew.error();
        no = co_await open(attempt, host, plan, credential, std::move(*anew));
        stale_session_ = false;
    }
    const auto in_clear = no && !logs_in ? plan_in_clear(host, *no) : std::nullopt;
    if (!in_clear) co_return no;
    setup_.tls.failed(host);
    auto again = co_await dial_again(attempt, host);
    if (!again) co_return again.error();
    co_return co_await open(attempt, host, *in_clear, credential, std::move(*again));
}

asio::awaitable<std::optional<verdict>> connection_slot::open(
    attempt& attempt,
    const host_address& host,
    tls_plan plan,
    const relayhost_credential& credential,
    tcp::socket socket
) {
    client_ = std::make_unique<smtp_client>(
        std::move(socket), host.name, timeouts_of(*attempt.config), setup_.books.metrics
    );
    connected_to_ = host;
    auto no = ourselves_at(setup_.own_listeners, *route_, *client_);
    if (!no) no = co_await introduce(attempt, host, plan, credential);
    if (!no) no = greeted_by_ourselves(*attempt.config, *route_, *client_);
    if (no) co_await drop_connection();
    co_return no;
}

asio::awaitable<std::optional<verdict>> connection_slot::introduce(
    const attempt& attempt,
    const host_address& host,
    tls_plan plan,
    const relayhost_credential& credential
) {
    smtp::opening_terms terms{
        .name = hello_name(*attempt.config, *route_, client_->local().address()),
        .encryption = plan.encryption,
    };
    auto tls = plan.wants_tls() ? setup_.tls.terms_for(route_->key, host) : tls_terms();
    auto no = co_await log_in(std::move(terms), std::move(tls), credential);
    stale_session_ = client_->resumption_failed();
    note_tls(plan, no);
    if (!no && client_->session().starttls_refused) setup_.tls.failed(host);
    co_return no;
}

void connection_slot::note_tls(tls_plan plan, const std::optional<verdict>& trouble) {
    auto& metrics = setup_.books.metrics;
    const bool refused = !trouble && client_->session().starttls_refused;
    const auto failure = refused ? smtp::security_failure::starttls_refused : client_->insecure();
    if (failure && (refused || trouble->cause == cause::tls)) {
        metrics.outbound_tls_failures_total(label_of(*failure, client_->tls_error())).inc();
    }
    if (trouble) return;
    protection_ = std::make_shared<const facts::remote_protection>(
        protection_of(plan, client_->session(), client_->tls())
    );
    count(*protection_, metrics);
}

asio::awaitable<base::result<relayhost_credential, verdict>> connection_slot::find_credential() {
    const auto& name = route_->key.credential;
    if (name.empty()) co_return relayhost_credential();
    co_return co_await setup_.logins->find(name);
}

// Opens the session, with a login if there is a credential.
asio::awaitable<std::optional<verdict>> connection_slot::log_in(
    smtp::opening_terms terms, tls_terms tls, const relayhost_credential& credential
) {
    if (!credential.account) co_return co_await client_->open(std::move(terms), std::move(tls));
    const auto login = client_->login_by(credential.account);
    terms.credential = login;
    terms.credential_in_clear = credential.in_clear;
    auto no = co_await client_->open(std::move(terms), std::move(tls));
    if (client_->resumption_failed()) co_return no;  // it is tried again without the session
    login_attempt attempt{
        .host = connected_to_.name,
        .mechanism = std::string(login->mechanism()),
        .complaint = login->complaint(),
    };
    fresh_token_ = co_await setup_.logins->ended(credential, std::move(attempt), no);
    co_return no;
}

asio::awaitable<void> connection_slot::drop_connection() {
    if (!client_) co_return;
    const auto going = std::move(client_);
    co_await going->quit();
}

}  // namespace kurir::outbound
