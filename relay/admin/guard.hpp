// Who may ask what, by a token (RFC 6750). Pure.
#pragma once

#include <functional>
#include <optional>

#include "relay/admin/endpoints.hpp"
#include "relay/users/admin_tokens.hpp"

namespace kurir::admin {

// Sets the caller of a request that may be answered; otherwise says what to answer instead.
using guard = std::function<std::optional<answer>(request& asked, const endpoint& wanted)>;

// Of a token that must stand in the field Authorization. 401: there is none, or nobody has it. 403:
// it is not enough.
std::optional<answer> refusal_by_token(
    request& asked, const endpoint& wanted, const users::admin_tokens& tokens
);

}  // namespace kurir::admin
