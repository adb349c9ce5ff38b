#include "relay/config/coverage.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace kurir::config {
namespace {

// Addresses by their first 32 bits, also for IPv6: smaller networks don't matter here.
constexpr unsigned counted_bits = 32;

struct interval {
    std::uint64_t first;
    std::uint64_t end;  // one beyond the last
};

// Unicast addresses of the Internet: IPv4 below multicast, IPv6 global unicast.
constexpr interval public_v4{0x01000000, 0xe0000000};
constexpr interval public_v6{0x20000000, 0x40000000};
constexpr std::uint64_t share = 16;

std::uint64_t first_bits(const boost::asio::ip::address& address) {
    if (address.is_v4()) return address.to_v4().to_uint();
    std::uint64_t bits = 0;
    const auto bytes = address.to_v6().to_bytes();
    for (std::size_t at = 0; at < counted_bits / 8; ++at)
        bits = bits << 8U | bytes.at(at);
    return bits;
}

bool covers_share_of(const interval& space, const network_set& networks, bool v4) {
    std::vector<interval> covered;
    for (const auto& each : networks.networks()) {
        if (each.base.is_v4() != v4 || each.prefix_length > counted_bits) continue;
        const auto first = first_bits(each.base);
        const auto end = first + (std::uint64_t{1} << (counted_bits - each.prefix_length));
        covered.push_back({std::max(first, space.first), std::min(end, space.end)});
    }
    std::ranges::sort(covered, {}, &interval::first);
    std::uint64_t total = 0;
    std::uint64_t reached = space.first;
    for (const auto& [first, end] : covered) {
        if (end <= std::max(first, reached)) continue;
        total += end - std::max(first, reached);
        reached = end;
    }
    return total >= (space.end - space.first) / share;
}

}  // namespace

bool covers_the_internet(const network_set& networks) {
    return covers_share_of(public_v4, networks, true) ||
           covers_share_of(public_v6, networks, false);
}

}  // namespace kurir::config
