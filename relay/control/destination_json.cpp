#include "relay/control/destination_json.hpp"

#include <boost/json/array.hpp>

#include <utility>

#include "metrics/labels.hpp"
#include "relay/config/rate.hpp"
#include "relay/config/tls_policy.hpp"
#include "relay/control/suspension_endpoints.hpp"
#include "relay/outbound/labels.hpp"
#include "relay/suppression/entry.hpp"

namespace kurir::control {

namespace json = boost::json;

namespace {

constexpr std::size_t shown_reply_max = 200;

// A remote server's words may be cut within a character.
std::string shown_reply(const std::string& text) {
    return suppression::plain_text(text, shown_reply_max);
}

json::object json_of_learnt(const outbound::governor::learnt& learnt) {
    json::object made{
        {"connections", learnt.connections},
        {"connections_max", learnt.connections_max},
        {"resting", learnt.resting},
        {"tenants", learnt.tenants},
        {"connections_refused_in_a_row", learnt.sessions_refused},
        {"unreachable_in_a_row", learnt.unreachable},
    };
    if (learnt.pace) made["messages_per_second"] = *learnt.pace;
    if (learnt.rate) made["rate"] = config::rate_text(*learnt.rate);
    if (learnt.nodes > 1) {
        json::object shared{
            {"nodes", learnt.nodes}, {"connections_max", learnt.connections_of_all}
        };
        if (learnt.rate_of_all) shared["rate"] = config::rate_text(*learnt.rate_of_all);
        made["shared"] = std::move(shared);
    }
    if (learnt.tokens) made["tokens"] = *learnt.tokens;
    if (learnt.tokens_left) made["tokens_left"] = *learnt.tokens_left;
    return made;
}

json::object json_of_told(const outbound::found_limits& limits) {
    json::object made;
    if (limits.connections) made["connections"] = *limits.connections;
    if (limits.pace) made["messages_per_second"] = *limits.pace;
    return made;
}

json::object json_of_mail(const group_sum* mail) {
    json::object states;
    for (std::size_t at = 0; at < queue::backlog::states; ++at) {
        const auto state = static_cast<queue::backlog::state>(at);
        states[text_of(state)] = mail == nullptr ? 0 : mail->by_state.at(at);
    }
    return states;
}

}  // namespace

json::object json_of(
    const outbound::destination_view& view, const group_sum* mail, const clock_reading& clock
) {
    json::object made{
        {"name", view.name},
        {"site", view.key.site},
        {"route", view.key.route},
        {"tls", config::text_of(view.key.tls)},
        {"credential", view.key.credential},
        {"connections", view.connections},
        {"idle", view.idle},
        {"opening", view.starting},
        {"under_way", view.under_way},
        {"waiting_for_it", view.waiting},
        {"deliveries", json_of_mail(mail)},
        {"learnt", json_of_learnt(view.learnt)},
        {"unreachable", view.suspended},
        {"taken", view.taken},
        {"refused", view.refused},
    };
    if (mail != nullptr && mail->oldest) made["oldest_at"] = time_text(*mail->oldest, clock);
    if (view.withheld) {
        made["withheld_by"] = metrics::text(outbound::label_of(*view.withheld));
    }
    if (!view.told.empty()) made["told"] = json_of_told(view.told);
    if (view.until) made["until"] = time_text(*view.until, clock);
    if (view.suspended_by) made["suspension"] = json_of(*view.suspended_by);
    if (!view.trouble.empty()) made["last_trouble"] = shown_reply(view.trouble);
    return made;
}

void add_details(
    json::object& made, const outbound::destination_view& view, const clock_reading& clock
) {
    json::array hosts;
    for (const auto& each : view.hosts) {
        json::array addresses;
        for (const auto& address : each.addresses)
            addresses.emplace_back(address.to_string());
        hosts.push_back(json::object{
            {"name", each.name},
            {"port", each.port},
            {"tls", each.implicit_tls ? "implicit" : config::text_of(each.tls)},
            {"addresses", std::move(addresses)},
        });
    }
    json::array replies;
    for (const auto& each : view.replies) {
        replies.push_back(json::object{
            {"last_at", time_text(each.last, clock)},
            {"count", each.count},
            {"text", shown_reply(each.text)},
        });
    }
    made["hosts"] = std::move(hosts);
    made["replies"] = std::move(replies);
    if (!view.key.rate_class.empty()) made["rate_class"] = view.key.rate_class;
    if (view.key.source.given()) made["source"] = view.key.source.text();
}

}  // namespace kurir::control
