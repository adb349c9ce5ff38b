#include "relay/config/masquerade.hpp"

#include <algorithm>

#include "relay/base/text.hpp"
#include "relay/config/addresses.hpp"
#include "relay/config/words.hpp"

namespace kurir::config {

std::optional<std::string> masquerade::read(std::string_view text, masquerade& value) {
    value = {};
    for (const auto word : words(text)) {
        const bool stays = word.starts_with('!');
        const auto domain = word.substr(stays ? 1 : 0);
        if (!is_host_name(domain) || domain.find('.') == std::string_view::npos) {
            return "has " + in_quotes(word) +
                   " where a domain belongs, such as example.com, or !lists.example.com for one "
                   "that stays";
        }
        value.entries_.push_back({.domain = base::lowered(domain), .stays = stays});
    }
    const bool all_stay = std::ranges::all_of(value.entries_, &entry::stays);
    if (all_stay && !value.empty()) return "has only domains that stay";
    return std::nullopt;
}

std::string_view masquerade::shown(std::string_view domain) const noexcept {
    for (const auto& each : entries_) {
        if (domain == each.domain) return domain;
        const bool is_below = domain.size() > each.domain.size() && domain.ends_with(each.domain) &&
                              domain[domain.size() - each.domain.size() - 1] == '.';
        if (is_below) return each.stays ? domain : std::string_view(each.domain);
    }
    return domain;
}

std::string masquerade::text() const {
    std::string all;
    for (const auto& each : entries_)
        all.append(all.empty() ? "" : " ").append(each.stays ? "!" : "").append(each.domain);
    return all;
}

}  // namespace kurir::config
