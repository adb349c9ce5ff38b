#include "relay/outbound/session_opening.hpp"

#include <utility>

#include "relay/outbound/offence.hpp"

namespace kurir::outbound {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

using reply_result = server_connection::reply_result;

stage stage_of(smtp::opening::stage stage) {
    return stage == smtp::opening::stage::greeting ? stage::banner : stage::ehlo;
}

stage stage_of(smtp::opening::action action) {
    return action == smtp::opening::action::await_greeting ? stage::banner : stage::ehlo;
}

// Sends a command and reads its reply, or reads what came before it.
asio::awaitable<reply_result> converse(
    server_connection& connection,
    const client_timeouts& timeouts,
    smtp::opening& opening,
    std::string command
) {
    if (!connection.quiet()) {
        auto reply = co_await connection.read_leftover();
        if (reply) opening.on_unasked(*reply);
        co_return reply;
    }
    const auto sent = co_await connection.write(command, timeouts.command);
    // When the write has failed, the server may have said why.
    auto reply = sent ? co_await connection.read_reply(timeouts.command)
                      : co_await connection.read_leftover();
    if (reply) opening.on_reply(*reply);
    co_return reply;
}

asio::awaitable<reply_result> read_greeting(
    server_connection& connection, const client_timeouts& timeouts, smtp::opening& opening
) {
    auto reply = co_await connection.read_greeting(timeouts.greeting);
    if (reply) opening.on_reply(*reply);
    co_return reply;
}

verdict judge_broken(stage stage, error_code error, const std::string& offending) {
    if (error != smtp_error::protocol) return judge(stage, error);
    return judge_protocol(stage, "no SMTP reply: " + offending_line(offending));
}

}  // namespace

bool server_session::is_hello_again(const smtp::reply& reply) const {
    if (reply != hello) return false;
    const bool names_host = !greeting_name.empty() && reply.lines[0].starts_with(greeting_name);
    return reply.lines.size() > 1 || names_host;
}

asio::awaitable<opening_result> open_session(
    server_connection& connection,
    stage_clock& clock,
    const client_timeouts& timeouts,
    smtp::opening_terms terms
) {
    smtp::opening opening(std::move(terms));
    while (!opening.finished()) {
        auto step = opening.next();
        const auto current = stage_of(step.todo);
        auto reply = step.todo == smtp::opening::action::await_greeting
                         ? co_await read_greeting(connection, timeouts, opening)
                         : co_await converse(connection, timeouts, opening, std::move(step.bytes));
        clock.ended(current);
        if (!reply) co_return judge_broken(current, reply.error(), connection.offending());
    }
    if (opening.succeeded()) {
        co_return server_session{
            .offers = opening.offers(),
            .greeting_name = opening.greeting_name(),
            .hello = opening.hello(),
        };
    }
    const auto stage = stage_of(opening.at());
    if (opening.refusal()) co_return judge(stage, *opening.refusal());
    co_return judge_protocol(stage, "an unexpected reply: " + offending_line(*opening.fault()));
}

}  // namespace kurir::outbound
