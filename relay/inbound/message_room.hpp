// Limits the number of large messages that the sessions of one thread receive at a time, if memory
// is limited.
//
// A message that is larger than `small` needs a place. If none is free, the session waits for its
// turn, and its client can't send more meanwhile. So all messages are received one after the other;
// otherwise all would begin and all would be refused.
//
// Belongs to one thread. Must outlive the places and the waiting sessions.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <list>
#include <optional>
#include <utility>

#include "relay/net/clock.hpp"

namespace kurir::inbound {

class message_room {
public:
    // Bytes that a message may have without a place.
    static constexpr std::size_t small = 16UL * 1024;

    // Held while a large message is received.
    class place {
    public:
        explicit place(message_room& room) noexcept : room_(&room) {}
        place(place&& other) noexcept : room_(std::exchange(other.room_, nullptr)) {}
        place& operator=(place&& other) noexcept {
            std::swap(room_, other.room_);
            return *this;
        }
        ~place() {
            if (room_ != nullptr) room_->leave();
        }

    private:
        message_room* room_;
    };

    // `places`: 0 means no limit.
    explicit message_room(std::size_t places) noexcept : places_(places) {}
    message_room(const message_room&) = delete;
    message_room& operator=(const message_room&) = delete;

    bool limited() const noexcept { return places_ != 0; }

    // A place, in the order of the calls; nothing if none became free before `deadline`.
    boost::asio::awaitable<std::optional<place>> enter(
        boost::asio::any_io_executor executor, net::clock::time_point deadline
    );

private:
    struct waiter {
        net::timer turn;  // cancelled when it has come
        std::optional<place> given = {};
    };

    void leave() noexcept;

    std::size_t places_;
    std::size_t taken_ = 0;
    std::list<waiter> waiting_;
};

}  // namespace kurir::inbound
