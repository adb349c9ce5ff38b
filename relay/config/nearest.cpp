#include "relay/config/nearest.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace kurir::config {

std::size_t edit_distance(std::string_view from, std::string_view to) {
    // Rows of the table of distances between prefixes: for the letter before the last, the last,
    // and this one.
    std::vector<std::size_t> before(to.size() + 1);
    std::vector<std::size_t> last(to.size() + 1);
    std::vector<std::size_t> row(to.size() + 1);
    std::iota(last.begin(), last.end(), 0U);
    for (std::size_t i = 1; i <= from.size(); ++i) {
        row[0] = i;
        for (std::size_t j = 1; j <= to.size(); ++j) {
            const bool same = from[i - 1] == to[j - 1];
            const bool swapped =
                i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1];
            row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (same ? 0 : 1)});
            if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
        }
        std::swap(before, last);
        std::swap(last, row);
    }
    return last[to.size()];
}

std::string nearest_name(std::string_view name, const std::vector<std::string>& known) {
    const auto distance = [name](const std::string& each) { return edit_distance(name, each); };
    const auto nearest = std::ranges::min_element(known, {}, distance);
    if (nearest == known.end() || distance(*nearest) > std::max<std::size_t>(3, name.size() / 3)) {
        return "";
    }
    return *nearest;
}

}  // namespace kurir::config
