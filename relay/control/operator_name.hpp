// Who gives an order, as the log has it.
#pragma once

#include <string>

namespace kurir::control {

// Who says to be `name`, and the token that proves more, which stands first: a long name can't hide
// it, and none can imitate it. One of them may be empty.
inline std::string name_of_operator(const std::string& name, const std::string& token) {
    if (token.empty()) return name;
    if (name.empty() || name == token) return token;
    return "token " + token + " for " + name;
}

}  // namespace kurir::control
