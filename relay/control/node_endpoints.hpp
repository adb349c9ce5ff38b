// Who shares the queue:
//
//   GET /api/v1/nodes    all nodes that were heard of lately; of a queue with one owner, this one
#pragma once

#include <vector>

#include "queue/shared_store.hpp"
#include "relay/admin/endpoints.hpp"
#include "relay/control/queue_view.hpp"

namespace kurir::control {

// `view` must outlive the endpoints. `self`: what is known of this node without a shared queue.
std::vector<admin::endpoint> node_endpoints(queue_view& view, queue::node_facts self);

}  // namespace kurir::control
