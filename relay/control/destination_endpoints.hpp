// The API of destinations: where mail goes, and what is known of how it is taken there.
//
//   GET /api/v1/destinations?name=&limit=&cursor=  a page, by name; `name` is a pattern with *
//   GET /api/v1/destinations/NAME                  one, with its hosts and last replies
//
// Listed are those that have mail, connections, or were used a moment ago.
#pragma once

#include <vector>

#include "relay/admin/endpoints.hpp"
#include "relay/control/queue_view.hpp"
#include "relay/outbound/dispatcher.hpp"

namespace kurir::control {

// All must outlive the table.
std::vector<admin::endpoint> destination_endpoints(
    queue_view& view, outbound::dispatcher& dispatcher
);

}  // namespace kurir::control
