#include "relay/outbound/server_connection.hpp"

#include <algorithm>
#include <utility>

#include "relay/log/transcript.hpp"
#include "relay/outbound/offence.hpp"
#include "relay/outbound/verdict.hpp"
#include "relay/smtp/masked_text.hpp"

namespace kurir::outbound {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using net::clock;
using std::chrono::milliseconds;

namespace {

constexpr auto short_while = 2s;

}  // namespace

clock::time_point server_connection::deadline(milliseconds timeout) const {
    return std::min(clock::now() + timeout, end_);
}

asio::awaitable<server_connection::reply_result> server_connection::read_reply(milliseconds timeout
) {
    const auto found = co_await read_to_end_of_reply(timeout);
    if (!found) co_return found.error();
    auto reply = parser_.take();
    if (log::transcripts_wanted()) transcribe(true, smtp::masked_replies(reply.wire()));
    co_return reply;
}

asio::awaitable<server_connection::reply_result> server_connection::read_greeting(
    milliseconds timeout
) {
    const auto found = co_await read_to_end_of_reply(timeout);
    if (!found) co_return found.error();
    auto greeting = parser_.take_greeting();
    if (log::transcripts_wanted()) transcribe(true, smtp::masked_replies(greeting.wire()));
    co_return greeting;
}

asio::awaitable<server_connection::reply_result> server_connection::read_leftover() {
    return read_reply(short_while);
}

asio::awaitable<net::result<void>> server_connection::read_to_end_of_reply(milliseconds timeout) {
    const auto until = deadline(timeout);
    for (;;) {
        switch (parser_.feed(unread_)) {
            case smtp::reply_parser::state::complete:
                co_return net::result<void>();
            case smtp::reply_parser::state::broken:
                co_await read_rest_of_line();
                co_return make_error_code(smtp_error::protocol);
            case smtp::reply_parser::state::incomplete:
                break;
        }
        const auto count = co_await stream_.read_some(input_, until);
        if (!count) co_return count.error();
        unread_ = std::string_view(input_.data(), *count);
    }
}

// What is no reply is kept for the diagnostics: up to the end of its line, or as much as comes.
asio::awaitable<void> server_connection::read_rest_of_line() {
    offending_ = parser_.offending();
    const auto until = clock::now() + short_while;
    while (unread_.empty() && offending_.size() < offence_max &&
           offending_.find('\n') == std::string::npos && !parser_.line_ended()) {
        const auto count = co_await stream_.read_some(input_, until);
        if (!count) break;
        offending_.append(input_.data(), *count);
    }
    offending_.resize(std::min(offending_.size(), offending_.find('\n')));
}

asio::awaitable<net::result<void>> server_connection::write(
    std::string_view bytes, milliseconds timeout
) {
    if (log::transcripts_wanted()) transcribe(false, smtp::masked_commands(bytes));
    return stream_.write(bytes, deadline(timeout));
}

asio::awaitable<net::result<void>> server_connection::write_unless_answered(
    std::string_view bytes, milliseconds timeout
) {
    if (log::transcripts_wanted()) {
        transcribe(false, "(" + std::to_string(bytes.size()) + " bytes of a message)");
    }
    return stream_.write_unless_answered(bytes, deadline(timeout));
}

void server_connection::transcribe(bool by_server, const std::string& text) const {
    const auto address = stream_.remote().address().to_string();
    const auto port = std::to_string(stream_.local().port());
    log::transcribe({log::peer::server, {address, host_name_}, port}, by_server, text);
}

asio::awaitable<net::result<net::tls_session>> server_connection::start_tls(
    const net::tls_context& context,
    std::string peer_name,
    net::tls_resumption resumption,
    milliseconds timeout
) {
    auto agreed = co_await stream_.start_tls(
        context,
        net::tls_role::client,
        std::move(peer_name),
        deadline(timeout),
        std::move(resumption)
    );
    if (log::transcripts_wanted()) {
        transcribe(
            false,
            agreed ? "(TLS: " + agreed->version + ")" : "(no TLS: " + agreed.error().message() + ")"
        );
    }
    if (agreed) {
        tls_ = *agreed;
    } else {
        tls_error_ = agreed.error();
    }
    co_return agreed;
}

bool server_connection::quiet() {
    return unread_.empty() && !parser_.pending() && stream_.waiting() == net::stream::input::none;
}

}  // namespace kurir::outbound
