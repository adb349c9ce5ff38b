#include "relay/tokens/base64url.hpp"

#include <algorithm>

#include "relay/sasl/base64.hpp"

namespace kurir::tokens {

std::optional<std::string> decode_base64url(std::string_view text) {
    if (text.find_first_of("+/=") != text.npos) return std::nullopt;
    std::string usual(text);
    std::ranges::replace(usual, '-', '+');
    std::ranges::replace(usual, '_', '/');
    while (usual.size() % 4 != 0)
        usual += '=';
    return sasl::decode_base64(usual);
}

}  // namespace kurir::tokens
