#include "relay/outbound/tenants.hpp"

#include <algorithm>
#include <chrono>
#include <vector>

namespace kurir::outbound {

using namespace std::chrono_literals;

namespace {

constexpr std::size_t most = 1024;
constexpr auto quiet = 10min;

// Attempts of others that are enough to compare with.
constexpr double others_enough = 8;
constexpr double out_of_proportion = 3;
constexpr double and_more = 0.1;

}  // namespace

std::shared_ptr<tenant> tenants::at(const std::string& name, time_point now) {
    auto& found = known_[name];
    if (found) {
        found->seen = now;
        return found;
    }
    auto made = std::make_shared<tenant>();
    made->seen = now;
    found = made;
    if (known_.size() > most) forget(now);
    return made;
}

const tenant* tenants::find(const std::string& name) const {
    const auto found = known_.find(name);
    return found == known_.end() ? nullptr : found->second.get();
}

// Those that are quiet for long; if that is not enough, a quarter of all, those that rest last.
void tenants::forget(time_point now) {
    std::erase_if(known_, [now](const auto& each) { return now - each.second->seen > quiet; });
    if (known_.size() <= most) return;
    std::vector<std::pair<bool, time_point>> order;
    order.reserve(known_.size());
    for (const auto& [name, each] : known_)
        order.emplace_back(each->pace.resting(), each->seen);
    const auto quarter = order.begin() + static_cast<std::ptrdiff_t>(most / 4);
    std::ranges::nth_element(order, quarter);
    const auto until = *quarter;
    std::erase_if(known_, [&until](const auto& each) {
        return std::pair(each.second->pace.resting(), each.second->seen) < until;
    });
}

void tenants::count(tenant& tenant, bool failed) {
    tenant.all.add(failed);
    all_.add(failed);
}

// A single failure may be anybody's.
bool tenants::own_fault(const tenant& tenant) const noexcept {
    if (tenant.all.fails() < 2) return false;
    const auto others = all_.tries() - std::min(tenant.all.tries(), all_.tries());
    if (others < others_enough) return false;
    const auto fails = std::max(all_.fails() - tenant.all.fails(), 0.0);
    return tenant.all.value() > out_of_proportion * fails / others + and_more;
}

}  // namespace kurir::outbound
