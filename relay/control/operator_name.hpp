// Who gives an order.
#pragma once

#include <string>

namespace kurir::control {

// Who says to be `name`, and the token that proves more; one of them may be empty.
inline std::string name_of_operator(const std::string& name, const std::string& token) {
    if (token.empty() || name.empty() || name == token) return name.empty() ? token : name;
    return name + " (token " + token + ")";
}

}  // namespace kurir::control
