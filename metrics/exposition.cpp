#include "metrics/exposition.hpp"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <iterator>
#include <vector>

namespace kurir::metrics {

std::string exposition(std::initializer_list<const prometheus::Collectable*> sources) {
    std::vector<prometheus::MetricFamily> families;
    for (const auto* source : sources) {
        auto collected = source->Collect();
        std::ranges::move(collected, std::back_inserter(families));
    }
    std::ranges::sort(families, {}, &prometheus::MetricFamily::name);
    return prometheus::TextSerializer().Serialize(families);
}

}  // namespace kurir::metrics
