// From which local addresses a destination is connected to: at most one of each family.
#pragma once

#include <boost/asio/ip/address.hpp>

#include <optional>
#include <string>

namespace kurir::outbound {

struct local_addresses {
    local_addresses() = default;
    // Only this one, so only hosts of its family are connected to.
    // NOLINTNEXTLINE(google-explicit-constructor): one address is the common case
    local_addresses(const boost::asio::ip::address& only) { (only.is_v4() ? v4 : v6) = only; }

    std::optional<boost::asio::ip::address> v4 = {};
    std::optional<boost::asio::ip::address> v6 = {};

    // If none is given, the system chooses. If one is, the other family is not used.
    bool given() const noexcept { return v4 || v6; }
    const std::optional<boost::asio::ip::address>& towards(const boost::asio::ip::address& remote
    ) const noexcept {
        return remote.is_v4() ? v4 : v6;
    }
    bool can_reach(const boost::asio::ip::address& remote) const noexcept {
        return !given() || towards(remote).has_value();
    }

    // For people.
    std::string text() const {
        if (!v4 || !v6) return v4 ? v4->to_string() : v6 ? v6->to_string() : std::string();
        return v4->to_string() + '+' + v6->to_string();
    }

    bool operator==(const local_addresses&) const = default;
};

}  // namespace kurir::outbound
