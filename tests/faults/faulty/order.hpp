// An operator's order to the tests' own relay, given by a signal.
#pragma once

#include "queue/store.hpp"

namespace tests {

// Removes what the sender in REMOVE has in the queue, and says on standard error when it is done.
void remove_by_order(kurir::queue::bulk_store& store);

}  // namespace tests
