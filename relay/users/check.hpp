// Whether a password is the one that was stored.
#pragma once

#include <string_view>

#include "relay/users/user_table.hpp"

namespace kurir::users {

// Takes as long as the stored secret's kind and cost say, up to a second of a processor, for a
// right password and for a wrong one.
bool matches(const stored_secret& stored, std::string_view password);

}  // namespace kurir::users
