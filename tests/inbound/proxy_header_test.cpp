#include "relay/inbound/proxy_header.hpp"

#include <optional>
#include <string>
#include <vector>

#include "tests/support/catch.hpp"

using namespace kurir::inbound;
using boost::asio::ip::make_address;
using boost::asio::ip::tcp;
using kurir::metrics::proxy_failure;
using about = proxy_claim::about;
using namespace std::string_literals;

namespace {

const std::string signature = "\r\n\r\n\0\r\nQUIT\n"s;

std::string number(std::size_t value) {
    return {static_cast<char>(value >> 8U), static_cast<char>(value & 0xffU)};
}

// A header of version 2.
std::string binary(char command, char family, const std::string& rest) {
    return signature + command + family + number(rest.size()) + rest;
}

std::string addition(char type, const std::string& value) {
    return type + number(value.size()) + value;
}

const std::string ipv4_addresses = "\xc0\x00\x02\x01\xc6\x33\x64\x01"s + number(56324) + number(25);
const std::string ipv6_addresses = "\x20\x01\x0d\xb8"s + std::string(11, '\0') + '\x01' +
                                   "\x20\x01\x0d\xb8"s + std::string(11, '\0') + '\x02' +
                                   number(56324) + number(25);

const proxy_claim ipv4_claim{
    about::client, {make_address("192.0.2.1"), 56324}, {make_address("198.51.100.1"), 25}
};
const proxy_claim ipv6_claim{
    about::client, {make_address("2001:db8::1"), 56324}, {make_address("2001:db8::2"), 25}
};

// The result for a whole header, after it was given byte by byte: each beginning must ask for more,
// and never for bytes behind the header.
std::optional<proxy_claim> claim_of(const std::string& header) {
    for (std::size_t size = 0; size < header.size(); ++size) {
        const auto read = read_proxy_header({header.data(), size});
        const auto* more = std::get_if<bytes_wanted>(&read);
        CAPTURE(size);
        REQUIRE(more != nullptr);
        REQUIRE(more->count > 0);
        REQUIRE(size + more->count <= header.size());
    }
    const auto read = read_proxy_header(header);
    const auto* claim = std::get_if<proxy_claim>(&read);
    return claim != nullptr ? std::optional(*claim) : std::nullopt;
}

// The first failure while bytes are given as a reader would: never more than were asked for.
std::optional<proxy_failure> failure_of(const std::string& bytes) {
    for (std::size_t size = 0;;) {
        const auto read = read_proxy_header({bytes.data(), size});
        if (const auto* failure = std::get_if<proxy_failure>(&read)) return *failure;
        const auto* more = std::get_if<bytes_wanted>(&read);
        if (more == nullptr || size + more->count > bytes.size()) return std::nullopt;
        size += more->count;
    }
}

}  // namespace

TEST_CASE("PROXY version 1: the addresses of a client, split at any byte", "[inbound]") {
    CHECK(claim_of("PROXY TCP4 192.0.2.1 198.51.100.1 56324 25\r\n") == ipv4_claim);
    CHECK(claim_of("PROXY TCP6 2001:db8::1 2001:db8::2 56324 25\r\n") == ipv6_claim);
    CHECK(
        claim_of("PROXY TCP6 2001:0db8:0000:0000:0000:0000:0000:0001 2001:db8::2 56324 25\r\n") ==
        ipv6_claim
    );
    const auto least = claim_of("PROXY TCP4 1.1.1.1 1.1.1.1 0 0\r\n");
    REQUIRE(least);
    CHECK(least->source == tcp::endpoint(make_address("1.1.1.1"), 0));
    CHECK(claim_of("PROXY TCP6 :: :: 65535 0\r\n").has_value());
    const auto mapped = claim_of("PROXY TCP6 ::ffff:192.0.2.1 ::ffff:198.51.100.1 56324 25\r\n");
    CHECK(mapped == ipv4_claim);
}

TEST_CASE("PROXY version 1: what follows UNKNOWN is ignored", "[inbound]") {
    const auto line = GENERATE(
        "PROXY UNKNOWN\r\n"s,
        "PROXY UNKNOWN \r\n"s,
        "PROXY UNKNOWN ffff:f...f:ffff ffff:f...f:ffff 65535 65535\r\n"s,
        "PROXY UNKNOWN " + std::string(107 - 16, 'x') + "\r\n"
    );
    CHECK(claim_of(line) == proxy_claim{});
}

TEST_CASE("PROXY version 1: a line with any mistake is refused", "[inbound]") {
    const auto line = GENERATE(
        "PROXY TCP4 192.0.2.1 198.51.100.1 56324 25\n "s,
        "PROXY TCP4 192.0.2.1 198.51.100.1 56324 25\r \r\n"s,
        "PROXY TCP4 192.0.2.1 198.51.100.1 56324\r\n     "s,
        "PROXY TCP4 192.0.2.1  198.51.100.1 56324 25\r\n"s,
        "PROXY TCP4 192.0.2.1 198.51.100.1 56324 25 \r\n"s,
        "PROXY TCP4 192.0.2.1 198.51.100.1 056324 25\r\n"s,
        "PROXY TCP4 192.0.2.1 198.51.100.1 65536 25\r\n"s,
        "PROXY TCP4 192.0.2.1 198.51.100.1 -1 25\r\n"s,
        "PROXY TCP4 192.0.2.01 198.51.100.1 56324 25\r\n"s,
        "PROXY TCP4 192.0.2 198.51.100.1 56324 25\r\n      "s,
        "PROXY TCP4 0x7f.0.0.1 198.51.100.1 56324 25\r\n"s,
        "PROXY TCP4 2001:db8::1 2001:db8::2 56324 25\r\n"s,
        "PROXY TCP6 192.0.2.1 198.51.100.1 56324 25\r\n"s,
        "PROXY TCP6 fe80::1%eth0 2001:db8::2 56324 25\r\n"s,
        "PROXY UDP4 192.0.2.1 198.51.100.1 56324 25\r\n"s,
        "PROXY tcp4 192.0.2.1 198.51.100.1 56324 25\r\n"s,
        "PROXY TCP4\r\n                                  "s,
        "PROXY UNKNOWNS\r\n"s,
        "PROXY \r\n            "s
    );
    CAPTURE(line);
    CHECK(failure_of(line) == proxy_failure::malformed);
}

TEST_CASE("PROXY version 1: a line is no longer than 107 bytes", "[inbound]") {
    CHECK(failure_of("PROXY UNKNOWN " + std::string(200, 'x')) == proxy_failure::too_long);
    CHECK(failure_of("PROXY TCP4 " + std::string(200, '1')) == proxy_failure::too_long);
    CHECK(
        failure_of("PROXY UNKNOWN " + std::string(107 - 15, 'x') + "\r\n") ==
        proxy_failure::too_long
    );
}

TEST_CASE("PROXY version 2: the addresses of a client, split at any byte", "[inbound]") {
    CHECK(claim_of(binary('\x21', '\x11', ipv4_addresses)) == ipv4_claim);
    CHECK(claim_of(binary('\x21', '\x21', ipv6_addresses)) == ipv6_claim);
    const std::string mapped_source = std::string(10, '\0') + "\xff\xff\xc0\x00\x02\x01"s;
    const auto mapped = claim_of(binary('\x21', '\x21', mapped_source + ipv6_addresses.substr(16)));
    REQUIRE(mapped);
    CHECK(mapped->source.address() == make_address("192.0.2.1"));
}

TEST_CASE("PROXY version 2: who is not told, or is the proxy itself", "[inbound]") {
    const proxy_claim itself{.subject = about::proxy};
    CHECK(claim_of(binary('\x20', '\0', "")) == itself);
    // What LOCAL says of addresses and families must be ignored.
    CHECK(claim_of(binary('\x20', '\x11', ipv4_addresses)) == itself);
    CHECK(claim_of(binary('\x20', '\xff', "anything")) == itself);

    CHECK(claim_of(binary('\x21', '\0', "")) == proxy_claim{});
    CHECK(claim_of(binary('\x21', '\0', "anything")) == proxy_claim{});
    CHECK(claim_of(binary('\x21', '\x12', ipv4_addresses)) == proxy_claim{});
    CHECK(claim_of(binary('\x21', '\x31', std::string(216, 'x'))) == proxy_claim{});
    CHECK(claim_of(binary('\x21', '\x32', std::string(216, 'x'))) == proxy_claim{});
}

TEST_CASE("PROXY version 2: additions are skipped", "[inbound]") {
    const auto additions =
        addition('\x01', "smtp") + addition('\x04', "") + addition('\x05', std::string(128, 'u')) +
        addition('\x20', "\x01"s + std::string(4, '\0') + addition('\x22', "client.example")) +
        addition('\xff', std::string(3000, 'x'));
    CHECK(claim_of(binary('\x21', '\x11', ipv4_addresses + additions)) == ipv4_claim);
    CHECK(claim_of(binary('\x21', '\x21', ipv6_addresses + additions)) == ipv6_claim);
}

TEST_CASE("PROXY version 2: a checksum is checked", "[inbound]") {
    // Worked out by another program: CRC-32C of the header with four zeros in its place.
    const auto header_of = [](const std::string& checksum) {
        return binary('\x21', '\x11', ipv4_addresses + addition('\x03', checksum));
    };
    std::string good = header_of("\x2c\x39\x36\xe2");
    CHECK(claim_of(good) == ipv4_claim);
    for (std::size_t at = 16; at < good.size(); ++at) {
        if (at >= 28 && at < 31) continue;  // type and size of the checksum itself
        auto changed = good;
        changed[at] = static_cast<char>(changed[at] ^ 1);
        CAPTURE(at);
        CHECK(failure_of(changed) == proxy_failure::checksum);
    }
    CHECK(failure_of(header_of("\x2c\x39\x36")) == proxy_failure::malformed);
    CHECK(failure_of(header_of("\x2c\x39\x36\xe2\0"s)) == proxy_failure::malformed);
}

TEST_CASE("PROXY version 2: a header with any mistake is refused", "[inbound]") {
    const auto header = GENERATE(
        binary('\x11', '\x11', ipv4_addresses),
        binary('\x31', '\x11', ipv4_addresses),
        binary('\x22', '\x11', ipv4_addresses),
        binary('\x2f', '\x11', ipv4_addresses),
        binary('\x21', '\x41', std::string(216, 'x')),
        binary('\x21', '\x13', ipv4_addresses),
        binary('\x21', '\x11', ipv4_addresses.substr(1)),
        binary('\x21', '\x11', ""),
        binary('\x21', '\x21', ipv4_addresses),
        binary('\x21', '\x31', ipv6_addresses),
        binary('\x21', '\x11', ipv4_addresses + "\x01"),
        binary('\x21', '\x11', ipv4_addresses + "\x01\0"s),
        binary('\x21', '\x11', ipv4_addresses + "\x01\0\x01"s),
        binary('\x21', '\x11', ipv4_addresses + addition('\x01', "x") + "\x02\xff\xff"s)
    );
    CHECK(failure_of(header) == proxy_failure::malformed);
}

TEST_CASE("PROXY version 2: a header is no longer than its limit", "[inbound]") {
    const auto room = proxy_header_max - 16 - ipv4_addresses.size() - 3;
    CHECK(
        claim_of(binary('\x21', '\x11', ipv4_addresses + addition('\xff', std::string(room, 'x')))
        ) == ipv4_claim
    );
    CHECK(
        failure_of(
            binary('\x21', '\x11', ipv4_addresses + addition('\xff', std::string(room + 1, 'x')))
        ) == proxy_failure::too_long
    );
    CHECK(failure_of(signature + "\x20\x11\xff\xff") == proxy_failure::too_long);
}

TEST_CASE("What is no PROXY header is noticed at its first different byte", "[inbound]") {
    const auto bytes = GENERATE(
        "E"s,
        "EHLO client.example\r\n"s,
        "\x16\x03\x01"s,
        "proxy TCP4 "s,
        "PROXY\r"s,
        "\r\n\r\nQ"s,
        "\r\n\r\n\0\r\nQUIT\r"s,
        "\0"s
    );
    CAPTURE(bytes);
    const auto read = read_proxy_header(bytes);
    REQUIRE(std::holds_alternative<proxy_failure>(read));
    CHECK(std::get<proxy_failure>(read) == proxy_failure::missing);
}
