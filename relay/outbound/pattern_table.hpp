// Numbered patterns, and the first that fits a text. Those without * are looked up, in a time that
// does not grow with their number. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace kurir::outbound {

class pattern_table {
public:
    // Numbers ascend from one call to the next. * stands for any characters; in any case.
    void add(std::string_view pattern, std::size_t number);

    // The least number of those that fit.
    std::optional<std::size_t> first_of(std::string_view text) const;

    bool empty() const noexcept { return exact_.empty() && patterns_.empty(); }

private:
    std::unordered_map<std::string, std::size_t> exact_;  // in small letters
    std::vector<std::pair<std::string, std::size_t>> patterns_;
};

}  // namespace kurir::outbound
