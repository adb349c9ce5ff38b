// The standard metrics of a process (process_*), read from the kernel at each scrape.
//
// What can't be read, as with a hidden /proc, is left out.
#pragma once

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>

#include <vector>

namespace kurir::metrics {

class process final : public prometheus::Collectable {
public:
    // The start of the process is when this is made: /proc/stat may be hidden (ProcSubset=pid).
    process();

    std::vector<prometheus::MetricFamily> Collect() const override;

private:
    double started_;
};

}  // namespace kurir::metrics
