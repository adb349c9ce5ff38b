// The printable part of a value that can't be used: credentials in a URL are never shown. Pure.
#pragma once

#include <string>
#include <string_view>

namespace kurir::config {

// The value with *** where it may hold a password: before an @ that follows a scheme or a colon,
// in the place of a port, in the query of a URL.
std::string without_secrets(std::string_view value);

// A message about a value. Quotes nothing of the value, where the value may hold a password.
std::string without_secrets(std::string message, std::string_view value);

}  // namespace kurir::config
