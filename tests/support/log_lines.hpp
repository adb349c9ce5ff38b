// What was logged while a test captured it.
#pragma once

#include <string>

#include "relay/log/log.hpp"

namespace tests {

inline std::string all_of(const kurir::log::capture& captured) {
    std::string all;
    for (const auto& line : captured.lines())
        all += line + "\n";
    return all;
}

}  // namespace tests
