// The signatures of tokens (RFC 7518 section 3, RFC 8037).
#pragma once

#include <string>
#include <string_view>

#include "relay/tokens/key_set.hpp"

namespace kurir::tokens {

// By the algorithm that the key is for, and no other.
bool is_signed_by(const public_key& key, std::string_view text, const std::string& signature);

}  // namespace kurir::tokens
