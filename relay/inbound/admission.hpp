// Limits the number of sessions: in all, from one client, and of strangers.
//
// A client is an IPv4 address or an IPv6 /64: a host that has one IPv6 address has 2^64 of them.
// Strangers, who may not relay, have a share of the places, and make room when clients that may
// relay need them. So strangers can't keep these clients out.
//
// Thread-safe: sessions come and go on several threads, once per connection.
#pragma once

#include <boost/asio/ip/address.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <unordered_map>

namespace kurir::inbound {

// "192.0.2.1" or "2001:db8::/64". `address` is unmapped already.
std::string client_network(const boost::asio::ip::address& address);

// The places that strangers may hold: a quarter of them, and no more than a quarter of the
// descriptors, which deliveries and the store need too. At least one.
std::size_t strangers_share(std::size_t sessions_max, std::uint64_t descriptors_max) noexcept;

class admission {
public:
    enum class verdict : std::uint8_t { admitted, too_many_sessions, too_many_of_client };

    // Asks the session with this number to leave. Called on any thread, must not call back.
    using request_to_leave = std::function<void(std::uint64_t number)>;

    // The place of a session that was admitted.
    struct place {
        std::string network;  // empty: of a proxy, which has not said yet for whom it speaks
        std::uint64_t number = 0;
        bool trusted = false;
        bool made_room = false;  // a stranger was asked to leave for it
    };

    admission(
        std::size_t sessions_max, std::size_t sessions_per_client_max, std::size_t strangers_max
    ) noexcept
        : sessions_max_(sessions_max),
          per_client_max_(sessions_per_client_max),
          strangers_max_(strangers_max) {}

    // `wanted` says who it is. If the session is admitted, the rest is set, and `leave` must be
    // called at its end. `ask` is kept for a stranger.
    verdict enter(place& wanted, request_to_leave ask);
    void leave(const place& left);

    // The session of `held` is that of another client, as a proxy has said, or of one that may
    // relay since it has logged in. If there is no room for it, or it was asked to leave, nothing
    // changes. There is none for a stranger, behind a trusted proxy, for whom another had to go.
    verdict change(place& held, const std::string& network, bool trusted, request_to_leave ask);

    // Asks this many strangers to leave, the oldest first, because another resource runs short.
    void make_room(std::size_t count);

    std::size_t sessions() const;

private:
    void dismiss_oldest();
    void forget(const std::string& network);
    std::size_t sessions_of(const std::string& network) const;
    std::size_t staying() const noexcept { return sessions_ - leaving_; }

    const std::size_t sessions_max_;
    const std::size_t per_client_max_;
    const std::size_t strangers_max_;
    mutable std::mutex mutex_;
    std::size_t sessions_ = 0;
    std::size_t leaving_ = 0;  // of them: asked to, and not gone yet
    std::uint64_t last_number_ = 0;
    std::unordered_map<std::string, std::size_t> by_network_;
    std::map<std::uint64_t, request_to_leave> strangers_;  // that stay, by age
};

}  // namespace kurir::inbound
