#include "queue/node_share.hpp"

#include <algorithm>
#include <utility>

#include "relay/base/stable_hash.hpp"

namespace kurir::queue {

node_share::node_share(std::string self, std::vector<std::string> others)
    : self_(std::move(self)), others_(std::move(others)) {
    std::ranges::sort(others_);
}

std::uint64_t node_share::part_of(std::uint64_t limit, std::string_view name) const {
    const auto each = limit / nodes();
    const auto left_over = limit % nodes();
    if (left_over == 0) return each;
    const auto claim = [name](const std::string& node) {
        return std::pair(base::stable_hash().add(name).add(' ').add(node).value(), node);
    };
    const auto own = claim(self_);
    const auto ahead = static_cast<std::uint64_t>(
        std::ranges::count_if(others_, [&](const auto& other) { return claim(other) > own; })
    );
    return ahead < left_over ? each + 1 : each;
}

node_share::periodic node_share::part_of_rate(std::uint64_t count, std::string_view name) const {
    const auto periods = (nodes() + count - 1) / count;
    return {.count = part_of(count * periods, name), .periods = periods};
}

std::optional<node_share> share_in(const std::vector<node>& known) {
    const auto self = std::ranges::find_if(known, &node::is_self);
    if (self == known.end()) return std::nullopt;
    std::vector<std::string> others;
    for (const auto& each : known) {
        if (!each.is_self && each.silent <= silence_max) others.push_back(each.id);
    }
    if (!others.empty() && self->age < joining_time) return std::nullopt;
    return node_share(self->id, std::move(others));
}

}  // namespace kurir::queue
