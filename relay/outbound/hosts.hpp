// The addresses of a route in order: all of the first host, then all of the next.
//
// A host that deferred a message for a reason of its own at two attempts is not the first one at
// the third (RFC 5321 section 5.1): the hosts behind it are tried before.
#pragma once

#include <boost/asio/ip/tcp.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "queue/message.hpp"
#include "relay/outbound/route.hpp"

namespace kurir::outbound {

struct host_address {
    std::string name;
    boost::asio::ip::tcp::endpoint endpoint;
};

// As what a server's habits are known.
inline std::string server_of(const host_address& host) {
    return host.name + ':' + std::to_string(host.endpoint.port());
}

class host_cursor {
public:
    // `first`: the target to begin with; those before it come last.
    explicit host_cursor(std::shared_ptr<const route> where, std::size_t first = 0)
        : where_(std::move(where)), first_(first) {}

    // The next address to try; each is returned once.
    std::optional<host_address> next() {
        const auto count = where_->targets.size();
        while (passed_ < count) {
            const auto& target = where_->targets[(first_ + passed_) % count];
            if (address_ < target.addresses.size()) {
                return host_address{target.name, {target.addresses[address_++], target.port}};
            }
            ++passed_;
            address_ = 0;
        }
        return std::nullopt;
    }

private:
    std::shared_ptr<const route> where_;
    std::size_t first_ = 0;
    std::size_t passed_ = 0;
    std::size_t address_ = 0;
};

// The target of `where` that an attempt begins with, if not with the first: by what is known of the
// attempts before, which may be nothing (null).
std::optional<std::size_t> first_target(const route& where, const queue::recipient_state* before);

}  // namespace kurir::outbound
