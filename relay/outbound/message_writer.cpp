#include "relay/outbound/message_writer.hpp"

#include <utility>

#include "relay/smtp/dot_stuffer.hpp"

namespace kurir::outbound {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

// A write of this size costs no more system calls than it must, and bounds the memory of a
// transaction.
constexpr std::size_t block_max = 256UL * 1024;

}  // namespace

asio::awaitable<error_code> message_writer::send_data(
    smtp::transaction& dialogue, body_source& body
) {
    smtp::dot_stuffer stuffer;
    bool first = true;
    for (bool last = false; !last; first = false) {
        const auto chunk = co_await body.next();
        if (!chunk) co_return chunk.error();
        last = chunk->last;
        output_.clear();
        stuffer.append(chunk->bytes, output_);
        if (!first && !connection_.quiet()) co_return co_await read_early_reply(dialogue, {});
        if (last) {
            stuffer.finish(output_);
            // From here on the server may have all of it, whatever we still hear.
            dialogue.on_body_sent();
        }
        const auto sent = co_await write_block();
        if (!sent) co_return co_await read_early_reply(dialogue, sent.error());
    }
    shrink();
    co_return error_code();
}

asio::awaitable<error_code> message_writer::send_bdat(
    smtp::transaction& dialogue, body_source& body
) {
    for (;;) {
        const auto chunk = co_await body.next();
        if (!chunk) co_return chunk.error();
        output_ =
            "BDAT " + std::to_string(chunk->bytes.size()) + (chunk->last ? " LAST\r\n" : "\r\n");
        output_ += chunk->bytes;
        if (!connection_.quiet()) co_return co_await read_unasked(connection_, dialogue);
        if (chunk->last) dialogue.on_body_sent();
        const auto sent = co_await write_block();
        if (!sent) co_return co_await read_early_reply(dialogue, sent.error());
        if (chunk->last) break;

        auto reply = co_await connection_.read_reply(timeouts_.block);
        if (!reply) co_return reply.error();
        if (reply->severity() != 2) {
            dialogue.on_chunk_refused(std::move(*reply));
            break;
        }
    }
    shrink();
    co_return error_code();
}

asio::awaitable<net::result<void>> message_writer::write_block() {
    return connection_.write_unless_answered(output_, timeouts_.block);
}

// A reply that comes before the message was sent, or that a failed write left behind. `error` is
// that of the write.
asio::awaitable<error_code> message_writer::read_early_reply(
    smtp::transaction& dialogue, error_code error
) {
    if (error == net::errc::interrupted) error = {};
    auto reply = co_await connection_.read_leftover();
    const bool counts = reply && (!error || reply->severity() >= 4);
    if (!counts) co_return error ? error : reply.error();
    dialogue.on_early_reply(std::move(*reply));
    co_return error_code();
}

void message_writer::shrink() {
    if (output_.capacity() > block_max) output_ = {};
}

asio::awaitable<error_code> read_unasked(
    server_connection& connection, smtp::transaction& dialogue
) {
    auto reply = co_await connection.read_leftover();
    if (!reply) co_return reply.error();
    dialogue.on_unasked(std::move(*reply));
    co_return error_code();
}

}  // namespace kurir::outbound
