// The keys of session tickets. Pure, in the caller's time and with the caller's random bytes.
//
// A ticket holds the secrets of a session, so whoever has its key can read what was recorded: a
// new key begins to be used after a time. Tickets of the key before can still be redeemed, but
// are replaced by new ones; those of older keys mean a full handshake.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <span>

#include "relay/net/clock.hpp"

namespace kurir::net {

class ticket_keys {
public:
    static constexpr std::size_t name_size = 16;
    using key_name = std::array<unsigned char, name_size>;
    using random_source = std::function<void(std::span<unsigned char>)>;

    struct key {
        key_name name{};
        std::array<unsigned char, 32> cipher{};
        std::array<unsigned char, 32> digest{};
    };

    struct found {
        key of_ticket;
        bool is_old = false;
    };

    static constexpr clock::duration usual_lifetime = std::chrono::hours(12);

    explicit ticket_keys(random_source random, clock::duration lifetime = usual_lifetime);
    ~ticket_keys();
    ticket_keys(const ticket_keys&) = delete;
    ticket_keys& operator=(const ticket_keys&) = delete;

    // For a new ticket.
    const key& current(clock::time_point now);

    // For a ticket that names its key.
    std::optional<found> find(const key_name& name, clock::time_point now);

private:
    void rotate(clock::time_point now);
    key fresh() const;

    const random_source random_;
    const clock::duration lifetime_;
    std::optional<clock::time_point> begun_;  // when `current_` was made
    key current_;
    std::optional<key> previous_;
};

}  // namespace kurir::net
