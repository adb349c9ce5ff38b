#include "relay/outbound/transaction_driver.hpp"

#include <utility>

#include "relay/outbound/transaction_end.hpp"

namespace kurir::outbound {

namespace asio = boost::asio;
using boost::system::error_code;
using smtp::client_stage;
using transaction_action = smtp::transaction::action;

asio::awaitable<error_code> transaction_driver::run(body_source& body, std::uint64_t size) {
    for (;;) {
        const auto step = dialogue_.next();
        if (step.todo == transaction_action::finished) co_return error_code();
        error_code error;
        if (step.todo == transaction_action::await_reply) {
            error = co_await read_reply(step.stage);
        } else if (setup_.connection.quiet()) {
            error = co_await perform(step, body, size);
        } else {
            error = co_await read_unasked(setup_.connection, dialogue_);
        }
        if (error) co_return error;
    }
}

asio::awaitable<error_code> transaction_driver::perform(
    const smtp::transaction::step& step, body_source& body, std::uint64_t size
) {
    if (step.todo == transaction_action::send) co_return co_await send_commands(step.bytes);
    setup_.connection.finish_by(net::clock::now() + setup_.timeouts.body(size));
    co_return step.todo == transaction_action::send_data
        ? co_await setup_.writer.send_data(dialogue_, body)
        : co_await setup_.writer.send_bdat(dialogue_, body);
}

asio::awaitable<error_code> transaction_driver::send_commands(const std::string& bytes) {
    const auto sent = co_await setup_.connection.write(bytes, setup_.timeouts.command);
    if (sent) co_return error_code();
    // What it answered before it closed counts.
    for (auto step = dialogue_.next(); step.todo == transaction_action::await_reply;
         step = dialogue_.next()) {
        auto reply = co_await setup_.connection.read_leftover();
        if (!reply) break;
        note(*reply);
        dialogue_.on_reply(std::move(*reply));
    }
    co_return sent.error();
}

asio::awaitable<error_code> transaction_driver::read_reply(client_stage stage) {
    auto reply = co_await setup_.connection.read_reply(setup_.timeouts.reply(stage));
    if (stage != client_stage::reset) setup_.clock.ended(stage_of(stage));
    if (!reply) co_return reply.error();
    note(*reply);
    if (is_hello_again(*reply, stage)) {
        dialogue_.on_unasked(std::move(*reply));
    } else {
        dialogue_.on_reply(std::move(*reply));
    }
    co_return error_code();
}

// EHLO was answered twice, and the second reply came late.
bool transaction_driver::is_hello_again(const smtp::reply& reply, client_stage stage) const {
    return stage == client_stage::mail && opened_ && outbound::is_hello_again(*opened_, reply);
}

void transaction_driver::note(const smtp::reply& reply) {
    answered_ = answered_ || reply.code != closing_code;
}

}  // namespace kurir::outbound
