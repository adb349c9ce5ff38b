#include "relay/config/pattern_map.hpp"

#include "relay/base/text.hpp"

namespace kurir::config {

std::string pattern_index::lowered(std::string_view text) {
    return base::lowered(text);
}

std::optional<std::size_t> pattern_index::add(std::string_view pattern) {
    if (place_of(pattern)) return std::nullopt;
    auto text = lowered(pattern);
    const auto place = patterns_.size();
    if (text == everyone) {
        everyone_ = place;
    } else if (text.starts_with(wildcard)) {
        below_.emplace(text.substr(wildcard.size()), place);
    } else {
        exact_.emplace(text, place);
    }
    patterns_.push_back(std::move(text));
    return place;
}

std::optional<std::size_t> pattern_index::place_of(std::string_view pattern) const {
    const auto text = lowered(pattern);
    if (text == everyone) return everyone_;
    const bool is_wildcard = text.starts_with(wildcard);
    const auto& places = is_wildcard ? below_ : exact_;
    const auto found = places.find(is_wildcard ? text.substr(wildcard.size()) : text);
    if (found == places.end()) return std::nullopt;
    return found->second;
}

}  // namespace kurir::config
