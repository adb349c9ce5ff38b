// Base64 (RFC 4648 section 4), strict: padded, without spaces or line ends, and with one encoding
// for each text.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace kurir::sasl {

std::string encode_base64(std::string_view bytes);

// Nothing if it is not base64.
std::optional<std::string> decode_base64(std::string_view text);

}  // namespace kurir::sasl
