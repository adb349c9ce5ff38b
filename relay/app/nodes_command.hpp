// `kurir nodes`: the relays that share the queue.
#pragma once

#include "relay/admin/address.hpp"

namespace kurir::app {

// Returns the exit status (admin_answer.hpp).
int list_nodes(const admin::address& relay, bool json);

}  // namespace kurir::app
