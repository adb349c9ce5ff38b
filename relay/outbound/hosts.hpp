// The addresses of a route in order: all of the first host, then all of the next.
//
// A host that deferred a message for a reason of its own, or refused the session, at two attempts
// is not the first one at the third (RFC 5321 section 5.1): the hosts behind it are tried before,
// or the other addresses of the only host. So all are tried in time, though one attempt tries few.
#pragma once

#include <boost/asio/ip/tcp.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "queue/message.hpp"
#include "relay/outbound/route.hpp"

namespace kurir::outbound {

// The route for the connection of this number: of targets that share the load each comes first in
// turn.
std::shared_ptr<const route> in_turn(std::shared_ptr<const route> hosts, std::uint64_t number);

struct host_address {
    std::string name;
    boost::asio::ip::tcp::endpoint endpoint;
};

// The name by which a server's habits and its standing are known.
inline std::string server_of(const host_address& host) {
    return host.name + ':' + std::to_string(host.endpoint.port());
}
inline std::string server_of(const target& host) {
    return host.name + ':' + std::to_string(host.port);
}

// Where an attempt begins: at this host, and at this one of its addresses. Those before come last.
struct first_host {
    std::size_t target = 0;
    std::size_t address = 0;
    bool operator==(const first_host&) const = default;
};

class host_cursor {
public:
    explicit host_cursor(std::shared_ptr<const route> route, first_host first = {})
        : route_(std::move(route)), first_(first) {}

    // The next address to try; each is returned once.
    std::optional<host_address> next() {
        const auto count = route_->targets.size();
        while (passed_ < count) {
            const auto& target = route_->targets[(first_.target + passed_) % count];
            const auto addresses = target.addresses.size();
            if (address_ < addresses) {
                const auto before = passed_ == 0 ? first_.address : 0;
                const auto index = (before + address_++) % addresses;
                return host_address{target.name, {target.addresses[index], target.port}};
            }
            ++passed_;
            address_ = 0;
        }
        return std::nullopt;
    }

private:
    std::shared_ptr<const route> route_;
    first_host first_;
    std::size_t passed_ = 0;
    std::size_t address_ = 0;
};

// Where an attempt begins, if not with the first host of `route`: by what is known of the attempts
// before, which may be nothing (null).
std::optional<first_host> first_host_of(const route& route, const queue::recipient_state* before);

}  // namespace kurir::outbound
