// The differences of two texts by lines, in the unified form of diff(1). Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace kurir::app {

// Lines without their ends.
struct diff_side {
    std::string name;  // behind --- or +++
    std::vector<std::string> lines;
};

// Empty if both have the same lines. What differs is compared line by line up to
// `compared_lines_max` lines; beyond that it is shown as replaced.
inline constexpr std::size_t compared_lines_max = 2000;
std::string unified_diff(const diff_side& before, const diff_side& after);

// The lines of `text`, whose ends are LF or CRLF.
std::vector<std::string> lines_of(std::string_view text);

}  // namespace kurir::app
