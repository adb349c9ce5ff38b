#include "relay/outbound/session_opening.hpp"

#include <cassert>
#include <optional>
#include <utility>
#include <variant>

#include "relay/net/handshake_fault.hpp"
#include "relay/outbound/login_verdict.hpp"
#include "relay/outbound/offence.hpp"
#include "relay/outbound/shortage.hpp"
#include "relay/outbound/tls_words.hpp"

namespace kurir::outbound {

namespace asio = boost::asio;
using boost::system::error_code;
using smtp::opening;
using action = opening::action;

namespace {

stage stage_of(opening::stage stage) {
    switch (stage) {
        case opening::stage::greeting:
            return stage::banner;
        case opening::stage::hello:
            return stage::ehlo;
        case opening::stage::tls:
            return stage::tls;
        case opening::stage::auth:
            break;
    }
    return stage::auth;
}

// The first EHLO is sent while the greeting is the last that was said.
stage stage_of(opening::stage at, action action) {
    if (at == opening::stage::greeting && action == action::send) return stage::ehlo;
    return stage_of(at);
}

// Trouble of our own, which says nothing of the server.
bool is_ours(const error_code& error) {
    return net::fault_of(error) == net::handshake_fault::shutdown || shortage_of(error);
}

class opening_driver {
public:
    opening_driver(
        server_connection& connection,
        const client_timeouts& timeouts,
        opening& dialogue,
        const tls_terms& tls
    )
        : connection_(connection), timeouts_(timeouts), dialogue_(dialogue), tls_(tls) {}

    // A server may refuse what we sent last in the handshake, which is over for us by then
    // (TLS 1.3): until it says something under TLS, nothing is agreed on.
    bool tls_unproven() const noexcept { return tls_unproven_; }

    // An error if no reply came, or something that is none.
    asio::awaitable<error_code> perform(opening::step step) {
        if (step.todo == action::await_greeting) co_return co_await read_greeting();
        if (!connection_.quiet()) co_return co_await read_unasked();
        if (step.todo == action::start_tls) co_return co_await start_tls();
        co_return co_await send(std::move(step.bytes));
    }

private:
    asio::awaitable<error_code> read_greeting() {
        auto reply = co_await connection_.read_greeting(timeouts_.greeting);
        if (!reply) co_return reply.error();
        tls_unproven_ = false;
        dialogue_.on_reply(std::move(*reply));
        co_return error_code();
    }

    asio::awaitable<error_code> read_unasked() {
        auto reply = co_await connection_.read_leftover();
        if (!reply) co_return reply.error();
        dialogue_.on_unasked(std::move(*reply));
        co_return error_code();
    }

    asio::awaitable<error_code> send(std::string command) {
        const auto sent = co_await connection_.write(command, timeouts_.command);
        // When the write has failed, the server may have said why.
        auto reply = sent ? co_await connection_.read_reply(timeouts_.command)
                          : co_await connection_.read_leftover();
        if (!reply) co_return reply.error();
        tls_unproven_ = false;
        dialogue_.on_reply(std::move(*reply));
        co_return error_code();
    }

    asio::awaitable<error_code> start_tls() {
        assert(tls_.context);
        const auto agreed = co_await connection_.start_tls(
            *tls_.context, tls_.peer_name, tls_.resumption, timeouts_.command
        );
        if (!agreed && is_ours(agreed.error())) co_return agreed.error();
        tls_unproven_ = agreed.has_value();
        dialogue_.on_tls(agreed.has_value());
        co_return error_code();
    }

    server_connection& connection_;
    const client_timeouts& timeouts_;
    opening& dialogue_;
    const tls_terms& tls_;
    bool tls_unproven_ = false;
};

verdict not_started(const std::string& text) {
    return insecure(smtp::security_failure::starttls_refused, text);
}

struct judgement {
    const std::string& detail;

    opening_result operator()(const opening::session& session) const { return session; }
    opening_result operator()(const opening::refusal& refusal) const {
        if (refusal.at == opening::stage::tls) return not_started(offending_line(refusal.said));
        if (refusal.at == opening::stage::auth) return judge_login(refusal.said);
        return judge(stage_of(refusal.at), refusal.said);
    }
    opening_result operator()(const opening::fault& fault) const {
        const auto text = "an unexpected reply: " + offending_line(fault.said);
        if (fault.at == opening::stage::tls) return not_started(text);
        return judge_protocol(stage_of(fault.at), text);
    }
    opening_result operator()(smtp::security_failure failure) const {
        return insecure(failure, detail);
    }
};

opening_end judge_unproven(const std::string& words) {
    constexpr auto failure = smtp::security_failure::handshake_failed;
    return {insecure(failure, words), failure};
}

opening_end judge_broken(stage stage, error_code error, const std::string& offending) {
    const bool is_protocol = error == smtp_error::protocol;
    const auto text = is_protocol ? "no SMTP reply: " + offending_line(offending) : error.message();
    if (stage == stage::tls && !is_ours(error)) {
        return {not_started(text), smtp::security_failure::starttls_refused};
    }
    return {is_protocol ? judge_protocol(stage, text) : judge(stage, error)};
}

}  // namespace

asio::awaitable<opening_end> open_session(
    server_connection& connection,
    stage_clock& clock,
    const client_timeouts& timeouts,
    smtp::opening_terms terms,
    tls_terms tls
) {
    opening dialogue(std::move(terms));
    opening_driver driver(connection, timeouts, dialogue, tls);
    while (!dialogue.ended()) {
        auto step = dialogue.next();
        const auto stage = stage_of(dialogue.at(), step.todo);
        const auto error = co_await driver.perform(std::move(step));
        clock.ended(stage);
        if (error && driver.tls_unproven() && !is_ours(error)) {
            co_return judge_unproven(tls_words(error, tls.peer_name));
        }
        if (error) co_return judge_broken(stage, error, connection.offending());
    }
    const auto& error = connection.tls_error();
    const auto detail = error ? tls_words(error, tls.peer_name) : std::string();
    co_return opening_end{result_of(*dialogue.ended(), detail), failure_of(*dialogue.ended())};
}

opening_result result_of(const opening::outcome& outcome, const std::string& detail) {
    return std::visit(judgement{detail}, outcome);
}

std::optional<smtp::security_failure> failure_of(const opening::outcome& outcome) {
    using smtp::security_failure;
    if (const auto* failure = std::get_if<security_failure>(&outcome)) return *failure;
    const auto* refusal = std::get_if<opening::refusal>(&outcome);
    const auto* fault = std::get_if<opening::fault>(&outcome);
    const bool at_tls = (refusal != nullptr && refusal->at == opening::stage::tls) ||
                        (fault != nullptr && fault->at == opening::stage::tls);
    return at_tls ? std::optional(security_failure::starttls_refused) : std::nullopt;
}

bool is_hello_again(const opening::session& session, const smtp::reply& reply) {
    if (reply != session.hello) return false;
    const auto& name = session.greeting_name;
    const bool names_host = !name.empty() && reply.lines[0].starts_with(name);
    return reply.lines.size() > 1 || names_host;
}

}  // namespace kurir::outbound
