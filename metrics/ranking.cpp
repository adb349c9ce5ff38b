#include "metrics/ranking.hpp"

#include <algorithm>

namespace kurir::metrics {

namespace {

constexpr std::size_t kept_for_each_place = 8;
constexpr std::uint64_t halved_after = 100'000;

}  // namespace

std::optional<ranking::place> ranking::count(std::string_view name) {
    if (holders_.empty()) return std::nullopt;
    if (++counted_ % halved_after == 0) halve();
    auto& found = find(name);
    auto& candidate = found.second;
    ++candidate.seen;
    if (candidate.place) return place{.number = *candidate.place};
    candidate.place = place_for(candidate);
    if (!candidate.place) return std::nullopt;
    auto& holder = holders_[*candidate.place];
    if (holder != nullptr) holder->second.place.reset();
    holder = &found;
    return place{.number = *candidate.place, .taken_over = true};
}

ranking::entries::value_type& ranking::find(std::string_view name) {
    std::string key(name);
    if (const auto known = kept_.find(key); known != kept_.end()) return *known;
    std::uint64_t seen = 0;
    if (kept_.size() >= kept_for_each_place * holders_.size()) {
        const auto rarest = std::ranges::min_element(kept_, {}, [](const auto& each) {
            return std::pair(each.second.place.has_value(), each.second.seen);
        });
        seen = rarest->second.seen;
        kept_.erase(rarest);
    }
    return *kept_.emplace(std::move(key), entry{.seen = seen}).first;
}

std::optional<std::size_t> ranking::place_for(const entry& candidate) const {
    const auto seen = [](const entries::value_type* holder) {
        return holder == nullptr ? 0 : holder->second.seen;
    };
    const auto rarest = std::ranges::min_element(holders_, {}, seen);
    if (*rarest != nullptr && candidate.seen < 2 * seen(*rarest)) return std::nullopt;
    return static_cast<std::size_t>(rarest - holders_.begin());
}

void ranking::halve() {
    for (auto& each : kept_)
        each.second.seen /= 2;
}

}  // namespace kurir::metrics
