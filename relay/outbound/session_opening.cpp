#include "relay/outbound/session_opening.hpp"

#include <cassert>
#include <optional>
#include <utility>
#include <variant>

#include "relay/outbound/offence.hpp"

namespace kurir::outbound {

namespace asio = boost::asio;
using boost::system::error_code;
using smtp::opening;
using action = opening::action;

namespace {

stage stage_of(opening::stage stage) {
    return stage == opening::stage::greeting ? stage::banner : stage::ehlo;
}

stage stage_of(action action) {
    return action == action::await_greeting ? stage::banner : stage::ehlo;
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

    // An error if no reply came, or something that is none.
    asio::awaitable<error_code> perform(opening::step step) {
        if (step.todo == action::await_greeting) co_return co_await read_greeting();
        if (!connection_.quiet()) co_return co_await read_unasked();
        if (step.todo == action::start_tls) co_return co_await start_tls();
        co_return co_await send(std::move(step.bytes));
    }

    // Why TLS was not agreed on.
    const error_code& tls_error() const noexcept { return tls_error_; }

private:
    asio::awaitable<error_code> read_greeting() {
        auto reply = co_await connection_.read_greeting(timeouts_.greeting);
        if (!reply) co_return reply.error();
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
        dialogue_.on_reply(std::move(*reply));
        co_return error_code();
    }

    asio::awaitable<error_code> start_tls() {
        assert(tls_.context);
        const auto agreed =
            co_await connection_.start_tls(*tls_.context, tls_.peer_name, timeouts_.command);
        if (!agreed) tls_error_ = agreed.error();
        dialogue_.on_tls(agreed.has_value());
        co_return error_code();
    }

    server_connection& connection_;
    const client_timeouts& timeouts_;
    opening& dialogue_;
    const tls_terms& tls_;
    error_code tls_error_;
};

struct judgement {
    const std::string& detail;

    opening_result operator()(const opening::session& session) const { return session; }
    opening_result operator()(const opening::refusal& refusal) const {
        return judge(stage_of(refusal.at), refusal.said);
    }
    opening_result operator()(const opening::fault& fault) const {
        const auto text = "an unexpected reply: " + offending_line(fault.said);
        return judge_protocol(stage_of(fault.at), text);
    }
    opening_result operator()(smtp::security_failure failure) const {
        return insecure(failure, detail);
    }
};

verdict judge_broken(stage stage, error_code error, const std::string& offending) {
    if (error != smtp_error::protocol) return judge(stage, error);
    return judge_protocol(stage, "no SMTP reply: " + offending_line(offending));
}

}  // namespace

asio::awaitable<opening_result> open_session(
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
        const auto stage = stage_of(step.todo);
        const auto error = co_await driver.perform(std::move(step));
        clock.ended(stage);
        if (error) co_return judge_broken(stage, error, connection.offending());
    }
    const auto detail = driver.tls_error() ? driver.tls_error().message() : std::string();
    co_return result_of(*dialogue.ended(), detail);
}

opening_result result_of(const opening::outcome& outcome, const std::string& detail) {
    return std::visit(judgement{detail}, outcome);
}

bool is_hello_again(const opening::session& session, const smtp::reply& reply) {
    if (reply != session.hello) return false;
    const auto& name = session.greeting_name;
    const bool names_host = !name.empty() && reply.lines[0].starts_with(name);
    return reply.lines.size() > 1 || names_host;
}

}  // namespace kurir::outbound
