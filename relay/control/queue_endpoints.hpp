// The API of the queue: what operators may ask and order, as JSON over HTTP.
//
//   GET /api/v1/queue?CRITERIA&limit=&cursor=  a page of the list
//   GET /api/v1/queue-sums?by=&CRITERIA        sums of what has something in common
//   GET /api/v1/queue/ID                       envelope, and what withholds each delivery
//   GET /api/v1/queue/ID/content/N             bytes of the message, chunk number N
//   POST /api/v1/orders                        gives an order
//   GET /api/v1/orders, /api/v1/orders/N       how far orders are
//   DELETE /api/v1/orders/N                    ends one
//
// CRITERIA are those of selector.hpp. Mistakes are problems (RFC 9457).
#pragma once

#include <vector>

#include "relay/admin/endpoints.hpp"
#include "relay/config/live_config.hpp"
#include "relay/control/order_desk.hpp"
#include "relay/control/queue_view.hpp"

namespace kurir::control {

// All must outlive the table.
std::vector<admin::endpoint> queue_endpoints(
    queue_view& view, order_desk& orders, const config::live_config& config
);

}  // namespace kurir::control
