// Names of tenants, as operators choose them: "user:shop shop.example" is that of a user, here with
// a domain of senders, "10.20.0.7 example.com" that of a network. Pure.
#pragma once

#include <algorithm>
#include <ranges>
#include <string_view>
#include <vector>

#include "relay/base/text.hpp"

namespace kurir::outbound {

// What the tenant `name` may be called: the whole of it, and the user, the network or the domain
// alone. They refer to `name`.
inline std::vector<std::string_view> names_of_tenant(std::string_view name) {
    constexpr std::string_view of_user = "user:";
    std::vector<std::string_view> all{name};
    for (const auto part : std::views::split(name, ' ')) {
        std::string_view word(part.begin(), part.end());
        all.push_back(word);
        if (!word.starts_with(of_user)) continue;
        word.remove_prefix(of_user.size());
        all.push_back(word);
    }
    return all;
}

// Whether a pattern (`*` stands for anything) is for the tenant `name`.
inline bool fits_tenant(std::string_view pattern, std::string_view name) {
    return std::ranges::any_of(names_of_tenant(name), [pattern](std::string_view each) {
        return base::fits_glob(pattern, each);
    });
}

}  // namespace kurir::outbound
