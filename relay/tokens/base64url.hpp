// Base64 with the alphabet of URLs, without padding (RFC 7515 section 2).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace kurir::tokens {

// Nothing if it is not that, or not the only encoding of its bytes.
std::optional<std::string> decode_base64url(std::string_view text);

}  // namespace kurir::tokens
