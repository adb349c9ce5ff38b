#include "relay/control/sorted_list.hpp"

#include <algorithm>
#include <limits>
#include <tuple>
#include <utility>

#include "relay/control/words.hpp"

namespace kurir::control {

std::optional<list_order> order_named(std::string_view name) {
    const auto found = index_in(order_words, name);
    return found ? std::optional(static_cast<list_order>(*found)) : std::nullopt;
}

std::string known_orders() {
    return one_of("sort", order_words);
}

sort_key key_in_memory(const queue::backlog& all, queue::backlog::slot item, list_order order) {
    switch (order) {
        case list_order::age:
            return {.number = all.received_at(item).time_since_epoch().count()};
        case list_order::size:
            return {.number = -static_cast<std::int64_t>(all.size_of(item))};
        case list_order::attempts:
            return {.number = -static_cast<std::int64_t>(all.attempts(item))};
        case list_order::next:
            if (all.state_of(item) == queue::backlog::state::held) {
                return {.number = std::numeric_limits<std::int64_t>::max()};
            }
            return {.number = all.due(item).time_since_epoch().count()};
        case list_order::domain:
            return {.text = all.domain(item)};
        case list_order::from:
            break;
    }
    return {};
}

bool first_deliveries::before(const candidate& a, const candidate& b) {
    return std::tie(a.number, a.text, a.delivery.id) < std::tie(b.number, b.text, b.delivery.id);
}

void first_deliveries::offer(const sort_key& key, const place& delivery) {
    if (kept_.size() == limit_) {
        const auto& last = kept_.front();
        const auto order = key <=> sort_key{.number = last.number, .text = last.text};
        if (order > 0 || (order == 0 && !(delivery.id < last.delivery.id))) return;
        std::ranges::pop_heap(kept_, before);
        kept_.pop_back();
    }
    kept_.push_back({key.number, std::string(key.text), delivery});
    std::ranges::push_heap(kept_, before);
}

std::vector<first_deliveries::place> first_deliveries::take() {
    std::ranges::sort(kept_, before);
    std::vector<place> all;
    for (const auto& each : std::exchange(kept_, {}))
        all.push_back(each.delivery);
    return all;
}

}  // namespace kurir::control
