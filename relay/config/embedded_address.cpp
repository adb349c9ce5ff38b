#include "relay/config/embedded_address.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace kurir::config {

namespace {

namespace ip = boost::asio::ip;
using v6_bytes = ip::address_v6::bytes_type;
using places = std::array<std::size_t, 4>;

enum class coding : std::uint8_t { plain, complement };

// An address has the form if `count` bytes from `offset` are `pattern`, and those from `rest` are
// zero. The bytes of its IPv4 address are at `at`.
struct form {
    std::size_t offset;
    std::size_t count;
    std::array<unsigned char, 12> pattern;
    places at;
    std::size_t rest = 16;
    coding code = coding::plain;
};

constexpr places last = {12, 13, 14, 15};
constexpr std::size_t interface_id = 8;

// RFC 6052 2.2: byte 8 is left out, and the bytes after the IPv4 address are zero.
constexpr form nat64_local(const places& at, std::size_t rest) {
    return {0, 6, {0, 0x64, 0xff, 0x9b, 0, 1}, at, rest};  // RFC 8215, of any length from /48
}

constexpr std::array<form, 12> forms{{
    {0, 12, {}, last},                                             // IPv4-compatible, RFC 4291
    {0, 12, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, last},     // IPv4-mapped
    {0, 12, {0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0}, last},     // IPv4-translated, RFC 2765
    {0, 12, {0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0}, last},  // NAT64, RFC 6052
    nat64_local({6, 7, 9, 10}, 11),                                // /48
    nat64_local({7, 9, 10, 11}, 12),                               // /56
    nat64_local({9, 10, 11, 12}, 13),                              // /64
    nat64_local(last, 16),                                         // /96
    {0, 2, {0x20, 0x02}, {2, 3, 4, 5}},                            // 6to4, RFC 3056
    {0, 4, {0x20, 0x01, 0, 0}, last, 16, coding::complement},      // Teredo, RFC 4380
    {interface_id, 4, {0, 0, 0x5e, 0xfe}, last},                   // ISATAP, RFC 5214
    {interface_id, 4, {2, 0, 0x5e, 0xfe}, last},
}};

bool has_form(const v6_bytes& all, const form& known) {
    const auto* const begin = all.data() + known.offset;
    return std::equal(begin, begin + known.count, known.pattern.begin()) &&
           std::all_of(all.data() + known.rest, all.data() + all.size(), [](unsigned char byte) {
               return byte == 0;
           });
}

ip::address_v4 inner(const v6_bytes& all, const form& known) {
    const unsigned mask = known.code == coding::complement ? 0xff : 0;
    ip::address_v4::bytes_type bytes{};
    for (std::size_t i = 0; i < bytes.size(); ++i)
        bytes[i] = static_cast<unsigned char>(all[known.at[i]] ^ mask);
    return ip::address_v4(bytes);
}

}  // namespace

std::vector<ip::address_v4> embedded_addresses(const ip::address& address) {
    std::vector<ip::address_v4> found;
    if (address.is_v4() || address.is_loopback() || address.is_unspecified()) return found;
    const auto all = address.to_v6().to_bytes();
    for (const auto& known : forms) {
        if (!has_form(all, known)) continue;
        const auto embedded = inner(all, known);
        // If an address has several forms, the form whose embedded address is unspecified is not
        // meant.
        const bool is_local_nat64 = known.count == 6;
        if (!is_local_nat64 || !embedded.is_unspecified()) found.push_back(embedded);
    }
    return found;
}

}  // namespace kurir::config
