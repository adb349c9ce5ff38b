// How many sessions there may be, in all and from one client.
//
// A client is an IPv4 address or an IPv6 /64: whoever has one IPv6 address has 2^64 of them.
// Thread-safe: sessions come and go on several threads, once per connection.
#pragma once

#include <boost/asio/ip/address.hpp>

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <unordered_map>

namespace kurir::inbound {

// "192.0.2.1" or "2001:db8::/64". `address` is unmapped already.
std::string client_network(const boost::asio::ip::address& address);

// The setting that would admit mail from `address`: "KURIR_TRUSTED_NETWORKS=172.18.0.0/16". A
// private network is named as a whole, as container engines lay them out; of others just the
// address.
std::string admitting_setting(const boost::asio::ip::address& address);

class admission {
public:
    enum class verdict : std::uint8_t { admitted, too_many_sessions, too_many_of_client };

    admission(std::size_t sessions_max, std::size_t sessions_per_client_max) noexcept
        : sessions_max_(sessions_max), per_client_max_(sessions_per_client_max) {}

    // If it admits, `leave` must follow with the same name.
    verdict enter(const std::string& network);
    void leave(const std::string& network);

    std::size_t sessions() const;

private:
    const std::size_t sessions_max_;
    const std::size_t per_client_max_;
    mutable std::mutex mutex_;
    std::size_t sessions_ = 0;
    std::unordered_map<std::string, std::size_t> by_network_;
};

}  // namespace kurir::inbound
