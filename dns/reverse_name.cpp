#include "dns/reverse_name.hpp"

#include <ranges>
#include <string_view>

namespace kurir::dns {

std::string reverse_name(const boost::asio::ip::address& address) {
    std::string name;
    if (address.is_v4()) {
        for (const auto each : address.to_v4().to_bytes() | std::views::reverse)
            name += std::to_string(each) + '.';
        return name + "in-addr.arpa";
    }
    constexpr std::string_view digits = "0123456789abcdef";
    for (const auto each : address.to_v6().to_bytes() | std::views::reverse) {
        for (const auto digit : {each & 0xf, each >> 4}) {
            name += digits[static_cast<std::size_t>(digit)];
            name += '.';
        }
    }
    return name + "ip6.arpa";
}

}  // namespace kurir::dns
