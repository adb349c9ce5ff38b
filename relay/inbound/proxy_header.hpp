// The header with which a load balancer begins a connection, to name the client behind it:
// HAProxy's PROXY protocol, version 1 (a line of text) and version 2 (binary). Pure.
//
//   std::string bytes;
//   for (;;) {
//       const auto read = read_proxy_header(bytes);
//       if (const auto* more = std::get_if<bytes_wanted>(&read)) ...  // read so many, or fewer
//   }
//
// What follows the header belongs to TLS or to SMTP, so the reader asks only for bytes that are
// certainly part of the header: whoever reads no more than that has exactly the header at the end.
#pragma once

#include <boost/asio/ip/tcp.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <variant>

#include "metrics/labels.hpp"

namespace kurir::inbound {

struct proxy_claim {
    enum class about : std::uint8_t {
        client,   // `source` is the client, `destination` what it connected to
        unknown,  // somebody whose address is not told: by UNKNOWN, a socket of Unix, a datagram
        proxy,    // nobody: the proxy itself connects, for example to see if we are well
    };

    about subject = about::unknown;
    boost::asio::ip::tcp::endpoint source = {};  // unmapped
    boost::asio::ip::tcp::endpoint destination = {};

    bool operator==(const proxy_claim&) const = default;
};

// More of the header must come: this many bytes at least, more than none.
struct bytes_wanted {
    std::size_t count = 0;
};

using proxy_reading = std::variant<bytes_wanted, proxy_claim, metrics::proxy_failure>;

// A longer one is refused: addresses take 232 bytes, what else proxies add a few hundred.
inline constexpr std::size_t proxy_header_max = 4096;

// `bytes`: the beginning of a header, or the whole.
proxy_reading read_proxy_header(std::string_view bytes);

}  // namespace kurir::inbound
