#include "relay/dkim/key_ring.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include "relay/base/domain_name.hpp"

namespace kurir::dkim {

namespace {

// Empty: there is none above.
std::string_view parent_of(std::string_view domain) noexcept {
    const auto dot = domain.find('.');
    return dot == domain.npos ? std::string_view() : domain.substr(dot + 1);
}

// The keys of the nearest domain, from this one upwards, that stands for all of these.
key_choice nearest(
    const key_ring& ring,
    std::string_view domain,
    const std::vector<std::string>& all,
    utc_seconds utc
) {
    for (auto at = domain; !at.empty(); at = parent_of(at)) {
        const auto is_below = [at](const std::string& each) {
            return base::is_in_domain(each, at);
        };
        if (!std::ranges::all_of(all, is_below)) continue;
        auto keys = ring.current(at, utc);
        if (keys.empty()) continue;
        const auto reason = at == domain ? choice_reason::author : choice_reason::author_parent;
        return {.reason = reason, .keys = std::move(keys)};
    }
    return {};
}

bool is_one_domain(const std::vector<std::string>& all) {
    return std::ranges::adjacent_find(all, std::ranges::not_equal_to()) == all.end();
}

}  // namespace

key_ring::key_ring(std::vector<domain_key> keys, std::string_view preferred_selector) {
    for (auto& each : keys)
        by_domain_[each.place.domain].push_back(std::move(each));
    const auto rank = [preferred_selector](const domain_key& each) {
        constexpr std::chrono::sys_days always{std::chrono::year(-9999) / 1 / 1};
        return std::tuple(
            each.key.kind(),
            -each.place.begin.value_or(always).time_since_epoch().count(),
            each.place.selector != preferred_selector,
            std::string_view(each.place.selector)
        );
    };
    for (auto& [domain, listed] : by_domain_)
        std::ranges::sort(listed, {}, rank);
}

std::vector<domain_key> key_ring::current(std::string_view domain, utc_seconds utc) const {
    std::vector<domain_key> chosen;
    const auto found = by_domain_.find(domain);
    if (found == by_domain_.end()) return chosen;
    for (const auto& each : found->second) {
        if (each.place.begin && *each.place.begin > utc) continue;
        const bool first = chosen.empty() || chosen.back().key.kind() != each.key.kind();
        if (first) chosen.push_back(each);
    }
    return chosen;
}

std::vector<domain_key> key_ring::keys_of(std::string_view domain) const {
    const auto found = by_domain_.find(domain);
    return found == by_domain_.end() ? std::vector<domain_key>() : found->second;
}

std::size_t key_ring::count(algorithm kind) const noexcept {
    std::size_t all = 0;
    for (const auto& [domain, listed] : by_domain_) {
        all += static_cast<std::size_t>(std::ranges::count_if(listed, [kind](const auto& each) {
            return each.key.kind() == kind;
        }));
    }
    return all;
}

key_choice choose_keys(
    const key_ring& ring,
    const message_domains& message,
    std::string_view default_domain,
    utc_seconds utc
) {
    if (!message.authors.empty()) {
        const auto& first = message.authors.front();
        auto choice = nearest(ring, first, message.authors, utc);
        const bool marked = choice.reason == choice_reason::author_parent;
        if (marked && is_one_domain(message.authors)) choice.identity = "@" + first;
        if (!choice.keys.empty()) return choice;
    }
    auto choice = nearest(ring, message.reverse_path, {}, utc);
    choice.reason = choice_reason::reverse_path;
    if (!choice.keys.empty()) return choice;
    choice.reason = choice_reason::fallback;
    choice.keys = ring.current(default_domain, utc);
    if (choice.keys.empty()) choice.reason = choice_reason::none;
    return choice;
}

}  // namespace kurir::dkim
