// What people and other relays know this process by.
#pragma once

#include "queue/shared_store.hpp"
#include "relay/app/handover_mark.hpp"
#include "relay/config/config.hpp"

namespace kurir::app {

queue::node_facts this_node(const config::config& config);

// How the settings of others call it.
relay_names names_of(const config::config& config);

}  // namespace kurir::app
