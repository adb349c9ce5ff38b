// What a step of the server's exchange is.
#pragma once

#include <variant>

#include "relay/sasl/server.hpp"

namespace kurir::sasl::testing {

template <class T>
bool is(const server_step& step) {
    return std::holds_alternative<T>(step);
}

}  // namespace kurir::sasl::testing
