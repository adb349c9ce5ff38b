// Notices when every client seems to come from the default gateway.
//
// Behind a published port of a container engine every client looks like this. The gateway has a
// private address, which is usually trusted: an open relay by accident (decision 21). Lives on one
// thread, but for `only_client`.
#pragma once

#include <boost/asio/ip/address.hpp>

#include <cstddef>
#include <mutex>
#include <optional>
#include <string_view>
#include <vector>

#include "relay/net/clock.hpp"

namespace kurir::inbound {

// The default gateways in the kernel's tables, /proc/net/route and /proc/net/ipv6_route.
std::vector<boost::asio::ip::address> default_gateways(
    std::string_view route, std::string_view ipv6_route
);

// The default gateways of this machine.
std::vector<boost::asio::ip::address> default_gateways();

class gateway_watch {
public:
    explicit gateway_watch(std::vector<boost::asio::ip::address> gateways)
        : gateways_(std::move(gateways)) {}

    // False once clients have come from elsewhere too: more sessions need not be reported.
    bool watching() const noexcept { return !gateways_.empty(); }

    // A session of this client begins. True if it is time to warn: after the first 20 sessions, and
    // once a day while all clients come from the gateway. Sessions from this machine itself don't
    // count.
    bool must_warn(const boost::asio::ip::address& client, net::clock::time_point now);

    std::size_t sessions() const noexcept { return sessions_; }

    // The gateway, while all clients come from it, once that can be no coincidence. Any thread.
    std::optional<boost::asio::ip::address> only_client() const;

private:
    void remember(const std::optional<boost::asio::ip::address>& client);

    std::vector<boost::asio::ip::address> gateways_;
    std::size_t sessions_ = 0;
    net::clock::time_point next_warning_{};
    mutable std::mutex mutex_;
    std::optional<boost::asio::ip::address> only_client_;
};

}  // namespace kurir::inbound
