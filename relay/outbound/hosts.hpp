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
#include <vector>

#include "queue/message.hpp"
#include "relay/outbound/route.hpp"

namespace kurir::outbound {

// The route for the connection of this number: of targets that share the load each comes first in
// turn.
std::shared_ptr<const route> in_turn(std::shared_ptr<const route> hosts, std::uint64_t number);

struct host_address {
    std::string name;
    boost::asio::ip::tcp::endpoint endpoint;
    tls_policy tls = tls_policy::off;
    bool implicit_tls = false;
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

    // The next address; each is returned once.
    std::optional<host_address> next() {
        while (passed_ < route_->targets.size()) {
            if (auto found = next_of_host()) return found;
        }
        return std::nullopt;
    }

    // The addresses of the next hosts that are equally good, each returned once; none at the end.
    std::vector<std::vector<host_address>> next_equals() {
        const auto count = route_->targets.size();
        std::vector<std::vector<host_address>> group;
        while (passed_ < count) {
            const auto at = (first_.target + passed_) % count;
            if (!group.empty() && (at == 0 || !route_->targets[at].shares)) break;
            auto& addresses = group.emplace_back();
            const auto host = passed_;
            while (passed_ == host) {
                auto each = next_of_host();
                if (each) addresses.push_back(std::move(*each));
            }
            if (addresses.empty()) group.pop_back();
        }
        return group;
    }

    // Whether the attempt begins where it would without what is known of the attempts before.
    bool in_usual_order() const noexcept { return first_ == first_host(); }

private:
    // Nothing, and the next host, after the last address of one.
    std::optional<host_address> next_of_host() {
        const auto count = route_->targets.size();
        const auto& target = route_->targets[(first_.target + passed_) % count];
        const auto addresses = target.addresses.size();
        if (address_ < addresses) {
            const auto before = passed_ == 0 ? first_.address : 0;
            const auto index = (before + address_++) % addresses;
            return host_address{
                .name = target.name,
                .endpoint = {target.addresses[index], target.port},
                .tls = target.tls,
                .implicit_tls = target.implicit_tls,
            };
        }
        ++passed_;
        address_ = 0;
        return std::nullopt;
    }

    std::shared_ptr<const route> route_;
    first_host first_;
    std::size_t passed_ = 0;
    std::size_t address_ = 0;
};

// Where an attempt begins, if not with the first host of `route`: by what is known of the attempts
// before, which may be nothing (null).
std::optional<first_host> first_host_of(const route& route, const queue::recipient_state* before);

}  // namespace kurir::outbound
