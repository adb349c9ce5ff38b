// Where a message goes, decided when it is accepted: by KURIR_ROUTES and KURIR_RECIPIENT_MAP. Pure.
#pragma once

#include <optional>
#include <string_view>

#include "queue/message.hpp"
#include "relay/config/address_map.hpp"
#include "relay/config/route_rules.hpp"
#include "relay/smtp/reply.hpp"
#include "relay/smtp/server_dialogue.hpp"

namespace kurir::inbound {

// The reply that a rule refuses a recipient with, whatever the header will say. A rule that depends
// on the header decides later, and then the sender gets a bounce.
std::optional<smtp::reply> refusal_by_route(
    const config::route_rules& rules,
    std::string_view reverse_path,
    std::string_view domain,
    std::string_view credential
);

// What the client is told of a recipient that has another address by KURIR_RECIPIENT_MAP; nothing
// if it is not to notice.
std::optional<smtp::moved_recipient> moved_by_map(
    const config::address_map& map, const smtp::mailbox& recipient
);

// Stores in each delivery of `message` the name of its route. `tag`: the value of X-Kurir-Route;
// empty: none. `permitted`: the route of the client's permission, which comes before all rules;
// empty: none.
void decide_routes(
    const config::route_rules& rules,
    std::string_view credential,
    std::string_view tag,
    queue::submission& message,
    std::string_view permitted = {}
);

}  // namespace kurir::inbound
