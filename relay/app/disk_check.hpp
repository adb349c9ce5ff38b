// What the disk of the queue can never give is said at the start.
#pragma once

#include "relay/config/config.hpp"

namespace kurir::app {

// Warns if the file system of the queue is smaller than KURIR_QUEUE_MIN_FREE wants it to be free:
// then no mail is ever accepted.
void check_disk(const config::config& config);

}  // namespace kurir::app
