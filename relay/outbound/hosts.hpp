// The addresses of a route, one after the other: all of the first host, then all of the next.
#pragma once

#include <boost/asio/ip/tcp.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "relay/outbound/route.hpp"

namespace kurir::outbound {

struct host_address {
    std::string name;
    boost::asio::ip::tcp::endpoint endpoint;
};

class host_cursor {
public:
    explicit host_cursor(std::shared_ptr<const route> where) : where_(std::move(where)) {}

    // The next address to try, each once.
    std::optional<host_address> next() {
        while (target_ < where_->targets.size()) {
            const auto& target = where_->targets[target_];
            if (address_ < target.addresses.size()) {
                return host_address{target.name, {target.addresses[address_++], target.port}};
            }
            ++target_;
            address_ = 0;
        }
        return std::nullopt;
    }

private:
    std::shared_ptr<const route> where_;
    std::size_t target_ = 0;
    std::size_t address_ = 0;
};

}  // namespace kurir::outbound
