// The bytes of a stored message, in order, as a connection sends them: the prefix of its envelope,
// if it has one, and its chunks.
//
// A reader may leave the prefix out: what signs a message as it was stored says nothing of one that
// is converted.
//
// The first chunk came with the message; the others are read from the store one at a time, so that
// a message of any size costs one chunk of memory for each attempt.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "queue/store.hpp"
#include "relay/outbound/body_source.hpp"
#include "relay/storage/home.hpp"

namespace kurir::outbound {

enum class prefix_use : std::uint8_t { sent, left_out };

class body_reader final : public body_source {
public:
    // `store` and `home` must outlive the reader.
    body_reader(
        queue::store& store,
        storage::home& home,
        std::shared_ptr<const queue::stored_message> message,
        prefix_use prefix = prefix_use::sent
    );

    boost::asio::awaitable<net::result<chunk>> next() override;

private:
    queue::store& store_;
    storage::home& home_;
    std::shared_ptr<const queue::stored_message> message_;
    prefix_use prefix_;
    std::uint32_t next_ = 0;  // chunk
    std::string made_;        // the last result of `next`, if not the first chunk as it is
};

}  // namespace kurir::outbound
