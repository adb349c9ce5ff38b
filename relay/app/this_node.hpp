// What people know this process by among those that share the queue.
#pragma once

#include "queue/shared_store.hpp"
#include "relay/config/config.hpp"

namespace kurir::app {

queue::node_facts this_node(const config::config& config);

}  // namespace kurir::app
