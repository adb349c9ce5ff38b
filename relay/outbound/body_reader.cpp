#include "relay/outbound/body_reader.hpp"

#include <cassert>
#include <utility>

namespace kurir::outbound {

body_reader::body_reader(
    queue::store& store,
    storage::home& home,
    std::shared_ptr<const queue::stored_message> message,
    prefix_use prefix
)
    : store_(store), home_(home), message_(std::move(message)), prefix_(prefix) {}

boost::asio::awaitable<net::result<body_source::chunk>> body_reader::next() {
    const auto& mail = message_->mail;
    assert(next_ < mail.chunks);
    const auto index = next_++;
    const bool last = next_ == mail.chunks;
    if (index == 0) {
        const auto& prefix = mail.extras->prefix;
        if (prefix.empty() || prefix_ == prefix_use::left_out)
            co_return chunk{.bytes = message_->first_chunk, .last = last};
        // In one piece: as a piece of its own the prefix would cost a packet, and with BDAT a
        // reply.
        made_ = prefix + message_->first_chunk;
        co_return chunk{.bytes = made_, .last = last};
    }

    auto read = co_await storage::completed<std::string>([&](queue::completion<std::string> done) {
        store_.read_chunk(mail.id, index, home_, std::move(done));
    });
    if (!read) co_return read.error();
    made_ = std::move(*read);
    co_return chunk{.bytes = made_, .last = last};
}

}  // namespace kurir::outbound
