#include "relay/config/network.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <tuple>
#include <utility>

#include "relay/base/numeric_address.hpp"
#include "relay/config/embedded_address.hpp"
#include "relay/config/units.hpp"
#include "relay/config/words.hpp"

namespace kurir::config {
namespace {

namespace ip = boost::asio::ip;

constexpr std::array<network_word, 9> known_words{{
    {"loopback", "127.0.0.0/8 ::1/128"},
    {"private", "10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 fc00::/7 fec0::/10 64:ff9b:1::/48"},
    {"linklocal", "169.254.0.0/16 fe80::/10"},
    {"unspecified", "0.0.0.0/8 ::/128"},
    {"shared", "100.64.0.0/10"},
    {"documentation",
     "192.0.2.0/24 198.51.100.0/24 203.0.113.0/24 198.18.0.0/15 2001:db8::/32 3fff::/20 "
     "2001:2::/48"},
    {"multicast", "224.0.0.0/4 ff00::/8"},
    {"reserved", "192.0.0.0/24 240.0.0.0/4 100::/64 5f00::/16"},
    {"none", ""},
}};

// An IPv4 address as 4 bytes, an IPv6 address as 16.
struct bits {
    explicit bits(const ip::address& address) {
        if (address.is_v4()) {
            const auto bytes = address.to_v4().to_bytes();
            std::ranges::copy(bytes, all.begin());
            count = bytes.size() * 8;
        } else {
            const auto bytes = address.to_v6().to_bytes();
            std::ranges::copy(bytes, all.begin());
            count = bytes.size() * 8;
        }
    }

    bool operator[](std::size_t at) const { return ((all[at / 8] >> (7 - at % 8)) & 1U) != 0; }

    // Compares whole bytes, then what is left of the prefix.
    bool starts_like(const bits& other, std::size_t prefix) const {
        const auto whole = static_cast<std::ptrdiff_t>(prefix / 8);
        if (!std::equal(all.begin(), all.begin() + whole, other.all.begin())) return false;
        for (std::size_t at = prefix / 8 * 8; at < prefix; ++at) {
            if ((*this)[at] != other[at]) return false;
        }
        return true;
    }

    std::array<unsigned char, 16> all{};
    std::size_t count = 0;
};

ip::address unmapped(const ip::address& address) {
    if (address.is_v6() && address.to_v6().is_v4_mapped()) {
        return ip::make_address_v4(ip::v4_mapped, address.to_v6());
    }
    return address;
}

}  // namespace

std::span<const network_word> network_words() {
    return known_words;
}

std::optional<network> network::parse(std::string_view text) {
    const auto slash = text.find('/');
    const auto number = text.substr(0, slash);
    const auto written = base::numeric_address(number);
    if (!written || number.find('%') != std::string_view::npos) return std::nullopt;
    const auto base = unmapped(*written);
    const bits all(base);

    std::uint64_t length = all.count;
    if (slash != std::string_view::npos) {
        const auto given = number_of(text.substr(slash + 1));
        const auto skipped = bits(*written).count - all.count;  // the 96 bits of ::ffff:0:0/96
        if (!given || *given < skipped || *given - skipped > all.count) return std::nullopt;
        length = *given - skipped;
    }
    for (std::size_t at = length; at < all.count; ++at) {
        if (all[at]) return std::nullopt;
    }
    return network{base, static_cast<unsigned>(length)};
}

bool network::contains(const ip::address& address) const noexcept {
    const auto plain = unmapped(address);
    if (plain.is_v4() != base.is_v4()) return false;
    return bits(plain).starts_like(bits(base), prefix_length);
}

std::string network::text() const {
    return base.to_string() + "/" + std::to_string(prefix_length);
}

std::optional<network_set::problem> network_set::parse(
    std::string_view text, network_set& networks
) {
    for (const auto word : words(text)) {
        const auto known = std::ranges::find(known_words, word, &network_word::word);
        if (known != known_words.end()) {
            std::ignore = parse(known->networks, networks);
        } else if (auto network = network::parse(word)) {
            networks.networks_.push_back(std::move(*network));
        } else {
            return problem{std::string(word)};
        }
    }
    return std::nullopt;
}

bool network_set::contains(const ip::address& address) const noexcept {
    return std::ranges::any_of(networks_, [&](const network& each) {
        return each.contains(address);
    });
}

bool network_set::contains_any_of(const ip::address& address) const noexcept {
    if (contains(address)) return true;
    return std::ranges::any_of(embedded_addresses(address), [&](const auto& inner) {
        return contains(inner);
    });
}

}  // namespace kurir::config
