// The part of URLs (RFC 3986) that an HTTP client needs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace kurir::base {

struct http_url {
    bool secure = false;  // https
    std::string host;     // a name or an address, without brackets
    std::uint16_t port = 80;
    std::string target = "/";  // path and query

    bool operator==(const http_url&) const = default;

    // What the field Host says: the port only where it is not the scheme's own.
    std::string authority() const;
    bool same_origin(const http_url& other) const;
};

// Nothing for any other scheme, for user names and passwords, and for characters that a URL has to
// encode. A fragment is left out.
std::optional<http_url> parse_http_url(std::string_view text);

// Host and port of a URL, for people: its query may hold what nobody has to know.
std::string server_in(std::string_view url);

// What a Location field means in the answer to a request for `base`: a whole URL, or a path.
std::optional<http_url> resolve_location(const http_url& base, std::string_view location);

}  // namespace kurir::base
