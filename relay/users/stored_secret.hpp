// The right-hand side of a user's line.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "relay/users/user_table.hpp"

namespace kurir::users {

// The secret, or what is wrong with it, without quoting it.
std::variant<stored_secret, std::string> read_secret(std::string_view text, users_source source);

// What decides how long a check takes: the kind and its cost, such as "$2b$12".
std::string cost_of(const stored_secret& stored);

}  // namespace kurir::users
