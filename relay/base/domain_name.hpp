// How names in the DNS lie in each other. Pure.
#pragma once

#include <string_view>

namespace kurir::base {

// True if `name` is `domain`, or a name below it. Both in the same case, without a dot at the end.
constexpr bool is_in_domain(std::string_view name, std::string_view domain) noexcept {
    if (name == domain) return true;
    return name.size() > domain.size() && name.ends_with(domain) &&
           name[name.size() - domain.size() - 1] == '.';
}

}  // namespace kurir::base
