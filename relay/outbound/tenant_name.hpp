// Names of tenants, as operators choose them: "user:shop shop.example" is that of a user, here with
// a domain of senders, "10.20.0.7 example.com" that of a network. Pure.
#pragma once

#include <ranges>
#include <string_view>

#include "relay/base/text.hpp"

namespace kurir::outbound {

// Whether a pattern (`*` stands for anything) is for the tenant `name`: for the whole of it, or for
// the user, the network or the domain alone.
inline bool fits_tenant(std::string_view pattern, std::string_view name) {
    constexpr std::string_view of_user = "user:";
    if (base::fits_glob(pattern, name)) return true;
    for (const auto part : std::views::split(name, ' ')) {
        std::string_view word(part.begin(), part.end());
        if (base::fits_glob(pattern, word)) return true;
        if (!word.starts_with(of_user)) continue;
        word.remove_prefix(of_user.size());
        if (base::fits_glob(pattern, word)) return true;
    }
    return false;
}

}  // namespace kurir::outbound
