// Rules of routes as KURIR_ROUTES has them.
#pragma once

#include <stdexcept>
#include <string_view>

#include "relay/config/route_rules.hpp"

namespace tests {

inline kurir::config::route_rules rules_of(std::string_view text) {
    kurir::config::route_rules rules;
    if (const auto wrong = kurir::config::route_rules::read(text, rules)) {
        throw std::invalid_argument(*wrong);
    }
    return rules;
}

}  // namespace tests
