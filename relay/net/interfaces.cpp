#include "relay/net/interfaces.hpp"

#include <ifaddrs.h>
#include <netinet/in.h>

#include <cstring>
#include <memory>
#include <optional>

namespace kurir::net {

namespace ip = boost::asio::ip;

namespace {

std::optional<ip::address> address_of(const sockaddr* address) {
    if (address == nullptr) return std::nullopt;  // an interface without address
    if (address->sa_family == AF_INET) {
        sockaddr_in v4{};
        std::memcpy(&v4, address, sizeof v4);
        return ip::make_address_v4(ntohl(v4.sin_addr.s_addr));
    }
    if (address->sa_family == AF_INET6) {
        sockaddr_in6 v6{};
        std::memcpy(&v6, address, sizeof v6);
        ip::address_v6::bytes_type bytes{};
        std::memcpy(bytes.data(), &v6.sin6_addr, bytes.size());
        return ip::make_address_v6(bytes);
    }
    return std::nullopt;
}

}  // namespace

std::vector<ip::address> interface_addresses() {
    ifaddrs* first = nullptr;
    if (getifaddrs(&first) != 0) return {};
    const std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> all(first, freeifaddrs);
    std::vector<ip::address> found;
    for (const auto* each = all.get(); each != nullptr; each = each->ifa_next) {
        if (auto address = address_of(each->ifa_addr)) found.push_back(*address);
    }
    return found;
}

}  // namespace kurir::net
