#include "relay/outbound/route_table.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace kurir::outbound {

namespace {

bool holds(const std::optional<std::string>& condition, std::string_view value) {
    return !condition || *condition == value;
}

}  // namespace

bool route_rule::matches(const route_query& query) const {
    return holds(domain, query.domain) && holds(sender_domain, query.sender_domain) &&
           holds(tenant, query.tenant) && holds(credential, query.credential);
}

route_table::route_table(
    route_definition otherwise, std::vector<route_definition> named, std::vector<route_rule> rules
)
    : default_(std::move(otherwise)), rules_(std::move(rules)) {
    assert(default_.name.empty());
    for (auto& each : named) {
        assert(!each.name.empty());
        auto name = each.name;
        named_.emplace(std::move(name), std::move(each));
    }
}

std::string_view route_table::name_for(const route_query& query) const {
    if (!query.route.empty()) return query.route;
    const auto rule =
        std::ranges::find_if(rules_, [&](const route_rule& each) { return each.matches(query); });
    return rule == rules_.end() ? std::string_view() : std::string_view(rule->route);
}

route_choice route_table::choose(const route_query& query) const {
    route_choice choice{.route = std::string(name_for(query))};
    if (!find(choice.route).relayhost) choice.domain = query.domain;
    return choice;
}

const route_definition& route_table::find(const std::string& name) const {
    if (name.empty()) return default_;
    const auto found = named_.find(name);
    return found == named_.end() ? default_ : found->second;
}

}  // namespace kurir::outbound
