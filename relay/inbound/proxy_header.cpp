#include "relay/inbound/proxy_header.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <vector>

#include "relay/base/numeric_address.hpp"
#include "relay/base/text.hpp"
#include "relay/net/stream.hpp"

namespace kurir::inbound {

namespace {

namespace ip = boost::asio::ip;
using ip::tcp;
using metrics::proxy_failure;
using about = proxy_claim::about;

// Version 1.
constexpr std::string_view line_begin = "PROXY ";
constexpr std::size_t line_max = 107;  // with its end
constexpr std::size_t unknown_least = std::string_view("PROXY UNKNOWN\r\n").size();
constexpr std::size_t tcp4_least = std::string_view("PROXY TCP4 1.1.1.1 1.1.1.1 0 0\r\n").size();
constexpr std::size_t tcp6_least = std::string_view("PROXY TCP6 :: :: 0 0\r\n").size();

// Version 2.
constexpr std::string_view signature("\r\n\r\n\0\r\nQUIT\n", 12);
constexpr std::size_t fixed_size = 16;  // signature, version and command, family, size of the rest
constexpr std::size_t checksum_size = 4;
constexpr std::uint8_t checksum_type = 0x03;  // PP2_TYPE_CRC32C

std::uint8_t byte_at(std::string_view bytes, std::size_t at) noexcept {
    return static_cast<std::uint8_t>(bytes[at]);
}

std::uint16_t number_at(std::string_view bytes, std::size_t at) noexcept {
    return static_cast<std::uint16_t>(byte_at(bytes, at) << 8U | byte_at(bytes, at + 1));
}

// CRC-32C (RFC 3720 appendix B.4), bit by bit: headers are short.
std::uint32_t crc32c(std::string_view bytes) noexcept {
    constexpr std::uint32_t polynomial = 0x82f63b78;
    std::uint32_t rest = ~std::uint32_t{0};
    for (const char c : bytes) {
        rest ^= static_cast<std::uint8_t>(c);
        for (int bit = 0; bit < 8; ++bit)
            rest = rest >> 1U ^ ((rest & 1U) != 0 ? polynomial : 0);
    }
    return ~rest;
}

std::optional<std::uint16_t> port_of(std::string_view text) noexcept {
    if (text.size() > 1 && text.front() == '0') return std::nullopt;
    return base::parse_number<std::uint16_t>(text);
}

// Of the family that the line names, in its numbers only: no scope, no other notation.
std::optional<ip::address> address_of(std::string_view text, bool v6) {
    const auto address = base::numeric_address(text);
    if (!address || address->is_v6() != v6 || text.find('%') != text.npos) return std::nullopt;
    return net::unmapped(*address);
}

std::vector<std::string_view> fields_of(std::string_view line) {
    std::vector<std::string_view> fields;
    for (;;) {
        const auto end = line.find(' ');
        fields.push_back(line.substr(0, end));
        if (end == line.npos) return fields;
        line.remove_prefix(end + 1);
    }
}

// "PROXY TCP4 192.0.2.1 198.51.100.1 56324 25", without its end.
proxy_reading read_addresses(std::string_view line, bool v6) {
    const auto fields = fields_of(line);
    if (fields.size() != 6) return proxy_failure::malformed;
    const auto source = address_of(fields[2], v6);
    const auto destination = address_of(fields[3], v6);
    const auto source_port = port_of(fields[4]);
    const auto destination_port = port_of(fields[5]);
    if (!source || !destination || !source_port || !destination_port) {
        return proxy_failure::malformed;
    }
    return proxy_claim{
        about::client,
        {*source, *source_port},
        {*destination, *destination_port},
    };
}

// The least size of a line that begins so, and has no end yet.
std::size_t least_size(std::string_view bytes) noexcept {
    const std::size_t to_its_end = bytes.size() + (bytes.back() == '\r' ? 1 : 2);
    std::size_t least = unknown_least;
    if (bytes.starts_with("PROXY TCP4 ")) least = tcp4_least;
    if (bytes.starts_with("PROXY TCP6 ")) least = tcp6_least;
    return std::max(least, to_its_end);
}

proxy_reading read_line(std::string_view bytes) {
    const auto end = bytes.find('\n');
    if (end == bytes.npos) {
        // A carriage return is followed by nothing but the line feed.
        const auto carriage_return = bytes.find('\r');
        if (carriage_return < bytes.size() - 1) return proxy_failure::malformed;
        const auto least = least_size(bytes);
        if (least > line_max) return proxy_failure::too_long;
        return bytes_wanted{least - bytes.size()};
    }
    if (end + 1 != bytes.size() || end == 0 || bytes[end - 1] != '\r') {
        return proxy_failure::malformed;
    }
    const auto line = bytes.substr(0, end - 1);
    if (line.find('\r') != line.npos) return proxy_failure::malformed;
    // What follows UNKNOWN must be ignored.
    if (line == "PROXY UNKNOWN" || line.starts_with("PROXY UNKNOWN ")) return proxy_claim{};
    if (line.starts_with("PROXY TCP4 ")) return read_addresses(line, false);
    if (line.starts_with("PROXY TCP6 ")) return read_addresses(line, true);
    return proxy_failure::malformed;
}

// The size of both addresses with their ports, by the family's four bits.
constexpr std::array<std::size_t, 4> sizes{0, 12, 36, 216};
constexpr std::uint8_t local_command = 0x0;
constexpr std::uint8_t proxy_command = 0x1;
constexpr std::uint8_t ipv4_stream = 0x11;
constexpr std::uint8_t ipv6_stream = 0x21;
constexpr std::uint8_t last_transport = 0x2;  // datagrams

tcp::endpoint ipv4_at(std::string_view bytes, std::size_t at, std::size_t port_at) {
    ip::address_v4::bytes_type address;
    std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(at), address.size(), address.begin());
    return {ip::address_v4(address), number_at(bytes, port_at)};
}

tcp::endpoint ipv6_at(std::string_view bytes, std::size_t at, std::size_t port_at) {
    ip::address_v6::bytes_type address;
    std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(at), address.size(), address.begin());
    return {net::unmapped(ip::address_v6(address)), number_at(bytes, port_at)};
}

// With zeros instead of the checksum itself, which is at `at`.
bool checksum_matches(std::string_view header, std::size_t at) {
    std::uint32_t told = 0;
    for (std::size_t i = 0; i < checksum_size; ++i)
        told = told << 8U | byte_at(header, at + i);
    std::string zeroed(header);
    zeroed.replace(at, checksum_size, checksum_size, '\0');
    return crc32c(zeroed) == told;
}

// What stands behind the addresses: a type, a size and a value each. Only a checksum concerns us.
std::optional<proxy_failure> fault_of_additions(std::string_view header, std::size_t at) {
    constexpr std::size_t label_size = 3;
    bool checked = false;
    while (at < header.size()) {
        if (header.size() - at < label_size) return proxy_failure::malformed;
        const auto type = byte_at(header, at);
        const std::size_t size = number_at(header, at + 1);
        at += label_size;
        if (size > header.size() - at) return proxy_failure::malformed;
        if (type == checksum_type) {
            if (size != checksum_size || checked) return proxy_failure::malformed;
            if (!checksum_matches(header, at)) return proxy_failure::checksum;
            checked = true;
        }
        at += size;
    }
    return std::nullopt;
}

proxy_reading read_whole_binary(std::string_view header) {
    const auto command = byte_at(header, 12) & 0xfU;
    if (command == local_command) return proxy_claim{.subject = about::proxy};
    const auto family = byte_at(header, 13);
    if (family >> 4U >= sizes.size() || (family & 0xfU) > last_transport) {
        return proxy_failure::malformed;
    }
    const auto addresses = sizes.at(family >> 4U);
    if (addresses == 0) return proxy_claim{};  // all that follows must be ignored
    if (header.size() < fixed_size + addresses) return proxy_failure::malformed;
    if (const auto fault = fault_of_additions(header, fixed_size + addresses)) return *fault;
    if (family == ipv4_stream) {
        return proxy_claim{about::client, ipv4_at(header, 16, 24), ipv4_at(header, 20, 26)};
    }
    if (family == ipv6_stream) {
        return proxy_claim{about::client, ipv6_at(header, 16, 48), ipv6_at(header, 32, 50)};
    }
    return proxy_claim{};
}

proxy_reading read_binary(std::string_view bytes) {
    if (bytes.size() < fixed_size) return bytes_wanted{fixed_size - bytes.size()};
    const auto version = byte_at(bytes, 12) >> 4U;
    const auto command = byte_at(bytes, 12) & 0xfU;
    if (version != 2 || command > proxy_command) return proxy_failure::malformed;
    const std::size_t size = fixed_size + number_at(bytes, 14);
    if (size > proxy_header_max) return proxy_failure::too_long;
    if (bytes.size() < size) return bytes_wanted{size - bytes.size()};
    if (bytes.size() > size) return proxy_failure::malformed;
    return read_whole_binary(bytes);
}

bool begin_alike(std::string_view bytes, std::string_view begin) noexcept {
    const auto size = std::min(bytes.size(), begin.size());
    return bytes.substr(0, size) == begin.substr(0, size);
}

}  // namespace

proxy_reading read_proxy_header(std::string_view bytes) {
    const bool line = begin_alike(bytes, line_begin);
    if (!line && !begin_alike(bytes, signature)) return proxy_failure::missing;
    // No header of either version is shorter.
    if (bytes.size() < unknown_least) return bytes_wanted{unknown_least - bytes.size()};
    return line ? read_line(bytes) : read_binary(bytes);
}

}  // namespace kurir::inbound
