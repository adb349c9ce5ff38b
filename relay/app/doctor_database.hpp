// The database of the queue, as `kurir doctor` looks at it.
#pragma once

#include "relay/app/doctor.hpp"
#include "relay/config/config.hpp"

namespace kurir::app {

// Connects for some seconds at most, and changes nothing. A queue in a folder has no database: then
// there is nothing to tell.
void look_at_database(const config::config& config, const finding_sink& tell);

}  // namespace kurir::app
