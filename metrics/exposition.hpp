// The metrics of a registry and of other collectors, as text for Prometheus.
#pragma once

#include <prometheus/collectable.h>

#include <initializer_list>
#include <string>

namespace kurir::metrics {

// The text format 0.0.4 of all `sources`, families in the order of their names.
std::string exposition(std::initializer_list<const prometheus::Collectable*> sources);

}  // namespace kurir::metrics
