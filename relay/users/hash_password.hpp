// Makes the right-hand side of a user's line.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace kurir::users {

// $y$..., which crypt(5) recommends. Nothing if there is no hash of this password: a NUL in it, too
// long, or a C library without yescrypt.
std::optional<std::string> hash_by_yescrypt(std::string_view password);

// {SCRAM-SHA-256}... Nothing if the password can't be prepared (`sasl::prepare_password`).
std::optional<std::string> hash_for_scram(std::string_view password);

}  // namespace kurir::users
