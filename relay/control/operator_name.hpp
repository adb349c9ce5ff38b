// Who gives an order, as the log has it.
#pragma once

#include <string>

namespace kurir::control {

// Who says to be `name`, and the token that proves more, which stands first; one of them may be
// empty. A name is cut at 255 bytes.
inline std::string name_of_operator(const std::string& name, const std::string& token) {
    constexpr std::size_t longest = 255;
    const auto shown = name.substr(0, longest);
    if (token.empty()) return shown;
    return shown.empty() || shown == token ? "token " + token : "token " + token + " for " + shown;
}

}  // namespace kurir::control
