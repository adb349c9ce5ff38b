// Lines as KURIR_PERMISSIONS has them.
#pragma once

#include <stdexcept>
#include <string_view>

#include "relay/config/permissions.hpp"

namespace tests {

inline kurir::config::permissions permissions_of(std::string_view text) {
    kurir::config::permissions lines;
    if (const auto wrong = kurir::config::permissions::read(text, lines)) {
        throw std::invalid_argument(*wrong);
    }
    return lines;
}

}  // namespace tests
