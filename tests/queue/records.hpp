// What the store writes of a value.
#pragma once

#include <string>

#include "queue/codec.hpp"

namespace tests {

inline std::string record_of(const auto& value) {
    std::string record;
    kurir::queue::encode(value, record);
    return record;
}

}  // namespace tests
