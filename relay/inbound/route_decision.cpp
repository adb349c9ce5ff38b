#include "relay/inbound/route_decision.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace kurir::inbound {

std::optional<smtp::reply> refusal_by_route(
    const config::route_rules& rules,
    std::string_view reverse_path,
    std::string_view domain,
    std::string_view credential
) {
    if (rules.empty()) return std::nullopt;
    const auto* rule =
        rules.refusal({.domain = domain, .sender = reverse_path, .credential = credential});
    if (rule == nullptr) return std::nullopt;
    return smtp::parse_written_reply(rule->target.reply, {5, 7, 1});
}

std::optional<smtp::moved_recipient> moved_by_map(
    const config::address_map& map, const smtp::mailbox& recipient
) {
    using manner = config::address_map::manner;
    auto mapped = map.find(recipient);
    if (!mapped || mapped->told == manner::silent) return std::nullopt;
    return smtp::moved_recipient{
        .address = std::move(mapped->address), .forwarded = mapped->told == manner::forward
    };
}

void decide_routes(
    const config::route_rules& rules,
    std::string_view credential,
    std::string_view tag,
    queue::submission& message,
    std::string_view permitted
) {
    if (rules.empty() && permitted.empty()) return;
    for (auto& each : message.deliveries) {
        auto terms = *each.terms;
        terms.route = permitted;
        if (permitted.empty()) {
            const auto* rule = rules.find({
                .domain = each.domain,
                .sender = message.mail.reverse_path,
                .credential = credential,
                .tag = tag,
            });
            terms.route = rule == nullptr ? config::default_route : rule->target.name;
        }
        each.terms = std::move(terms);
    }
    // The envelope has one route: deliveries that are rebuilt from it are decided anew if they went
    // by several.
    const auto& first = message.deliveries.front().terms;
    const bool all_same = std::ranges::all_of(message.deliveries, [&](const auto& each) {
        return each.terms == first;
    });
    if (all_same) message.mail.terms = first;
}

}  // namespace kurir::inbound
