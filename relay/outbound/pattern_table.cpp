#include "relay/outbound/pattern_table.hpp"

#include "relay/base/text.hpp"

namespace kurir::outbound {

void pattern_table::add(std::string_view pattern, std::size_t number) {
    if (pattern.find('*') == std::string_view::npos) {
        exact_.try_emplace(base::lowered(pattern), number);
    } else {
        patterns_.emplace_back(pattern, number);
    }
}

std::optional<std::size_t> pattern_table::first_of(std::string_view text) const {
    std::optional<std::size_t> found;
    if (!exact_.empty()) {
        const auto exact = exact_.find(base::lowered(text));
        if (exact != exact_.end()) found = exact->second;
    }
    for (const auto& [pattern, number] : patterns_) {
        if (found && *found < number) break;
        if (base::fits_glob(pattern, text)) return number;
    }
    return found;
}

}  // namespace kurir::outbound
