#include "relay/outbound/route_table.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace kurir::outbound {

route_table::route_table(
    route_definition otherwise, std::vector<route_definition> named, config::route_rules rules
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
    const auto* rule = rules_.find(
        {.domain = query.domain, .sender = query.sender_domain, .credential = query.credential}
    );
    if (rule == nullptr) return {};
    using kind = config::route_target::kind;
    const bool ends_mail =
        rule->target.action == kind::reject || rule->target.action == kind::discard;
    // Mail of a client is ended only by what was decided when it was accepted, by its whole
    // envelope and header. A bounce of our own has neither tag nor sender.
    if (ends_mail && !query.sender_domain.empty()) return {};
    return rule->target.name;
}

route_choice route_table::choose(const route_query& query) const {
    const auto name = name_for(query);
    route_choice choice{.route = std::string(name == config::default_route ? "" : name)};
    const auto& definition = find(choice.route);
    if (definition.relayhosts.empty() && !definition.end) choice.domain = query.domain;
    return choice;
}

void route_table::update(route_table next) {
    rules_ = std::move(next.rules_);
    named_.merge(next.named_);
}

std::vector<std::string> route_table::names() const {
    std::vector<std::string> all{std::string(config::default_route)};
    for (const auto& [name, definition] : named_)
        all.push_back(name);
    std::ranges::sort(all.begin() + 1, all.end());
    return all;
}

const route_definition& route_table::find(const std::string& name) const {
    if (name.empty()) return default_;
    const auto found = named_.find(name);
    return found == named_.end() ? default_ : found->second;
}

}  // namespace kurir::outbound
