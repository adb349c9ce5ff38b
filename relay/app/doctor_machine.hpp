// The facts of the machine that `kurir doctor` judges: files, disk, clock, limits.
#pragma once

#include "relay/app/doctor.hpp"
#include "relay/config/config.hpp"

namespace kurir::app {

// Changes nothing but this process' limit of descriptors.
void look_at_machine(const config::config& config, const finding_sink& tell);

}  // namespace kurir::app
