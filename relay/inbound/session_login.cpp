#include "relay/inbound/session_login.hpp"

#include <boost/asio/error.hpp>

#include <utility>
#include <variant>

#include "relay/sasl/base64.hpp"

namespace kurir::inbound {

namespace asio = boost::asio;
using outcome = metrics::login_outcome;

namespace {

// Stands for a channel that there would be.
constexpr std::string_view some_channel = "-";

// Of a client that its proxy does not name: whoever reads the log to shut addresses out must not
// shut out the proxy.
constexpr std::string_view unknown_address = "unknown";

}  // namespace

smtp::login_policy session_login::policy() const noexcept {
    switch (session_.profile.used_auth()) {
        case config::listener_auth::offer:
            return session_.around.desk != nullptr ? smtp::login_policy::offer
                                                   : smtp::login_policy::off;
        case config::listener_auth::require:  // without users a certificate is the only credential
            return smtp::login_policy::require;
        case config::listener_auth::off:
            break;
    }
    return smtp::login_policy::off;
}

sasl::server_terms session_login::terms(bool secure) const {
    const auto users = session_.around.desk->refresh();
    sasl::server_terms terms;
    terms.secure = secure;
    terms.passwords_in_clear = session_.config.auth_insecure;
    terms.passwords = users->size() > 0;
    terms.keys = users->all_have_keys();
    terms.tokens = session_.around.desk->tokens.has_value();
    if (!terms.keys || !secure) return terms;
    if (!session_.stream.secure()) {
        terms.channel.tls_exporter = some_channel;
        return terms;
    }
    auto ids = session_.stream.channel();
    terms.channel.tls_exporter = std::move(ids.exporter);
    terms.channel.tls_server_end_point = std::move(ids.server_end_point);
    return terms;
}

std::vector<std::string_view> session_login::offered(bool secure) const {
    if (policy() == smtp::login_policy::off || session_.around.desk == nullptr) return {};
    return sasl::offered_mechanisms(terms(secure));
}

asio::awaitable<void> session_login::begin(std::string_view initial) {
    auto offer = terms(session_.stream.secure());
    offer.nonce = sasl::draw_nonce();
    attempt_.emplace(session_.dialogue.mechanism(), std::move(offer));
    co_await go_on(attempt_->begin(initial));
}

asio::awaitable<void> session_login::respond(std::string_view response) {
    // The answer to the error of a token means nothing.
    if (attempt_->told) co_return refuse(smtp::login_refusal::wrong, outcome::wrong);
    co_await go_on(attempt_->respond(response));
}

void session_login::cancel() {
    tell(outcome::cancelled);
    attempt_.reset();
}

void session_login::hurry() {
    hurried_ = true;
    pause_.cancel();
}

asio::awaitable<void> session_login::go_on(sasl::server_step step) {
    if (const auto* asked = std::get_if<sasl::keys_asked>(&step)) {
        attempt_->name = asked->name;
        if (is_shut()) co_return;
        step = attempt_->on_keys(session_.around.desk->verifier.keys_of(attempt_->name));
    }
    if (const auto* next = std::get_if<sasl::challenge>(&step)) {
        session_.dialogue.challenge(sasl::encode_base64(next->text));
    } else if (auto* asked = std::get_if<sasl::password_asked>(&step)) {
        co_await check(std::move(*asked));
    } else if (auto* shown = std::get_if<sasl::token_asked>(&step)) {
        co_await check(std::move(*shown));
    } else if (std::holds_alternative<sasl::accepted>(step)) {
        succeed();
    } else if (auto* refused = std::get_if<sasl::refused>(&step)) {
        attempt_->name = std::move(refused->name);
        if (!is_shut()) co_await fail();
    } else {
        refuse(smtp::login_refusal::malformed, outcome::malformed);
    }
}

asio::awaitable<void> session_login::check(sasl::password_asked asked) {
    if (!may_check(asked.name)) co_return;
    auto& desk = *session_.around.desk;
    auto& checking = session_.around.metrics.smtp_logins_checking;
    checking.inc();
    const auto found = co_await desk.verifier.verify(
        std::move(asked.name), std::move(asked.password), net::clock::now()
    );
    checking.dec();
    switch (found) {
        case users::verdict::right:
            succeed();
            break;
        case users::verdict::wrong:
            co_await fail();
            break;
        case users::verdict::busy:
            refuse(smtp::login_refusal::busy, outcome::busy);
            break;
    }
}

asio::awaitable<void> session_login::check(sasl::token_asked asked) {
    if (!may_check(asked.name)) co_return;
    auto& checking = session_.around.metrics.smtp_logins_checking;
    checking.inc();
    const auto user = co_await session_.around.desk->tokens->check(
        std::move(asked.token), attempt_->name, net::calendar_now()
    );
    checking.dec();
    if (user) {
        attempt_->name = *user;
        if (!is_shut()) succeed();
        co_return;
    }
    switch (user.error().outcome) {
        case outcome::busy:
            co_return refuse(smtp::login_refusal::busy, outcome::busy);
        case outcome::no_keys:
            co_return refuse(smtp::login_refusal::unavailable, outcome::no_keys);
        default:
            co_await fail_token(tokens::text_of(*user.error().fault));
    }
}

// False if the login of this name, which may be empty, was refused without a check.
bool session_login::may_check(const std::string& name) {
    attempt_->name = name;
    if (is_shut()) return false;
    if (hurried_) refuse(smtp::login_refusal::busy, outcome::busy);
    return !hurried_;
}

asio::awaitable<void> session_login::fail() {
    co_await hold_back();
    refuse(smtp::login_refusal::wrong, outcome::wrong);
}

// It has failed, whether the client hears the error to its end or not.
asio::awaitable<void> session_login::fail_token(std::string_view fault) {
    co_await hold_back();
    tell(outcome::wrong, fault);
    attempt_->told = true;
    co_await go_on(attempt_->on_bad_token());
}

asio::awaitable<void> session_login::hold_back() {
    const auto now = net::clock::now();
    pause_.expires_at(now + session_.around.desk->limits.failed(tried(), now));
    if (!hurried_) std::ignore = co_await pause_.async_wait(net::as_result);
}

// True if it was refused because too many have failed.
bool session_login::is_shut() {
    if (!session_.around.desk->limits.shut(tried(), net::clock::now())) return false;
    refuse(smtp::login_refusal::shut, outcome::shut);
    return true;
}

void session_login::succeed() {
    session_.around.desk->limits.succeeded(tried(), net::clock::now());
    auto user = session_.client;
    user.credential = attempt_->name;
    judge(user, session_.config);
    session_.become(std::move(user));
    session_.dialogue.logged_in(session_.client.rights);
    tell(outcome::succeeded);
    attempt_.reset();
}

void session_login::refuse(smtp::login_refusal reason, outcome ended) {
    session_.dialogue.refuse_login(reason);
    tell(ended);
    attempt_.reset();
}

void session_login::tell(outcome ended, std::string_view fault) {
    if (attempt_->told) return;
    session_.around.observers.tell(facts::login_ended{
        .client =
            {.address = session_.client.unknown ? unknown_address
                                                : std::string_view(session_.client.address_text),
             .helo = session_.dialogue.helo(),
             .session = session_.session_id,
             .user = session_.client.credential,
             .proxy = session_.client.proxy_text,
             .listener = session_.profile.name},
        .name = attempt_->name,
        .mechanism = attempt_->mechanism(),
        .outcome = ended,
        .token_fault = fault,
    });
}

users::login_limits::login session_login::tried() const {
    return {.network = session_.client.network, .name = attempt_->name};
}

}  // namespace kurir::inbound
