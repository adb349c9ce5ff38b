#include "relay/outbound/source_choice.hpp"

#include <cmath>
#include <string>
#include <utility>

#include "relay/base/stable_hash.hpp"

namespace kurir::outbound {

namespace {

// The address with the highest one has the site.
double claim(const config::source_address& source, std::string_view site) {
    constexpr double steps = 9007199254740992.0;  // 2^53
    const auto hash =
        base::stable_hash().add(site).add(' ').add(source.address.to_string()).value();
    const auto draw = (static_cast<double>(hash >> 11U) + 0.5) / steps;
    return source.weight / -std::log(draw);
}

}  // namespace

const config::source_address* source_for(
    const config::source_addresses& sources, std::string_view site, bool v6
) {
    const config::source_address* best = nullptr;
    double highest = 0;
    for (const auto& each : sources) {
        if (each.address.is_v6() != v6) continue;
        const auto own = claim(each, site);
        if (best != nullptr && own <= highest) continue;
        best = &each;
        highest = own;
    }
    return best;
}

void choose_sources(const config::source_addresses& sources, route& route) {
    if (const auto* v4 = source_for(sources, route.key.site, false)) {
        route.key.source.v4 = v4->address;
        route.name_v4 = v4->name;
    }
    if (const auto* v6 = source_for(sources, route.key.site, true)) {
        route.key.source.v6 = v6->address;
        route.name_v6 = v6->name;
    }
}

void keep_reachable(const local_addresses& sources, std::vector<target>& targets) {
    std::vector<target> kept;
    bool begins = true;  // the targets of one preference
    for (auto& each : targets) {
        begins = begins || !each.shares;
        std::erase_if(each.addresses, [&](const auto& address) {
            return !sources.can_reach(address);
        });
        if (each.addresses.empty()) continue;
        each.shares = !begins;
        begins = false;
        kept.push_back(std::move(each));
    }
    targets = std::move(kept);
}

}  // namespace kurir::outbound
