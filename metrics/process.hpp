// The standard metrics of a process (process_*), read from the kernel at each scrape.
//
// Values that can't be read, for example with a hidden /proc, are left out.
#pragma once

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>

#include <vector>

namespace kurir::metrics {

class process final : public prometheus::Collectable {
public:
    // Construction counts as the process start: /proc/stat may be hidden (ProcSubset=pid).
    process();

    std::vector<prometheus::MetricFamily> Collect() const override;

private:
    double started_;
};

}  // namespace kurir::metrics
