// Converts messages that are all there.
#pragma once

#include <string>
#include <string_view>

#include "relay/mime/converter.hpp"
#include "relay/mime/plan.hpp"
#include "tests/support/catch.hpp"

namespace kurir::mime {

inline conversion_plan plan_of(std::string_view message) {
    planner planner;
    planner.add(message);
    return planner.finish();
}

// Byte by byte, which must make no difference.
inline std::string converted(std::string_view message) {
    const auto plan = plan_of(message);
    REQUIRE(plan.trouble.empty());
    if (!plan.needed) return std::string(message);
    converter whole(plan);
    converter divided(plan);
    std::string output;
    std::string other;
    whole.add(message, output);
    for (const char c : message)
        divided.add({&c, 1}, other);
    whole.finish(output);
    divided.finish(other);
    CHECK(output == other);
    return output;
}

}  // namespace kurir::mime
