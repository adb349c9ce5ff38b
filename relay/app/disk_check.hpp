// Checks the size of the queue's disk at the start.
#pragma once

#include "relay/config/config.hpp"

namespace kurir::app {

// Warns if the file system of the queue is smaller than KURIR_QUEUE_MIN_FREE: then mail can never
// be accepted.
void check_disk(const config::config& config);

}  // namespace kurir::app
