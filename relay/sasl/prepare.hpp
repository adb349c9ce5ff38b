// Passwords as SCRAM compares them: SASLprep (RFC 4013), by GNU Libidn.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace kurir::sasl {

inline constexpr std::size_t name_size_max = 255;
inline constexpr std::size_t password_size_max = 1024;

// Nothing if it can't be prepared: not UTF-8, a control character, letters of both directions in
// a forbidden order, too long, nothing left of it.
std::optional<std::string> prepare_password(std::string_view password);

}  // namespace kurir::sasl
