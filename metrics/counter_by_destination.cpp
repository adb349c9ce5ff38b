#include "metrics/counter_by_destination.hpp"

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>

#include <algorithm>
#include <array>
#include <mutex>
#include <string>
#include <vector>

#include "metrics/names.hpp"
#include "metrics/ranking.hpp"

namespace kurir::metrics {

class counter_by_destination::series final : public prometheus::Collectable {
public:
    series(const family& description, std::size_t most)
        : name_("kurir_" + std::string(description.name)),
          help_(description.help),
          ranking_(most),
          named_(most),
          other_{.name = std::string(known_names::other)} {}

    void count(std::string_view domain, delivery_result result) {
        const std::lock_guard guard(mutex_);
        const auto place = domain == known_names::other ? std::nullopt : ranking_.count(domain);
        if (place && place->taken_over) named_[place->number] = {.name = std::string(domain)};
        auto& row = place ? named_[place->number] : other_;
        row.attempts.at(static_cast<std::size_t>(result)) += 1;
    }

    double value(std::string_view destination, delivery_result result) const {
        const std::lock_guard guard(mutex_);
        for (const auto& each : rows()) {
            if (each->name == destination) {
                return each->attempts.at(static_cast<std::size_t>(result));
            }
        }
        return 0;
    }

    std::vector<prometheus::MetricFamily> Collect() const override {
        prometheus::MetricFamily family{name_, help_, prometheus::MetricType::Counter, {}};
        const std::lock_guard guard(mutex_);
        for (const auto& each : rows()) {
            for (const auto result : results::values)
                add(family, *each, result);
        }
        return {std::move(family)};
    }

private:
    using results = label<delivery_result>;

    struct row {
        std::string name = {};  // empty: free
        std::array<double, results::values.size()> attempts = {};
    };

    // Those that have a name, and what all others have.
    std::vector<const row*> rows() const {
        std::vector<const row*> all;
        for (const auto& each : named_) {
            if (!each.name.empty()) all.push_back(&each);
        }
        all.push_back(&other_);
        return all;
    }

    static void add(prometheus::MetricFamily& family, const row& source, std::string_view result) {
        prometheus::ClientMetric metric;
        metric.label = {
            {"destination", source.name}, {std::string(results::name), std::string(result)}
        };
        const auto at = std::ranges::find(results::values, result) - results::values.begin();
        metric.counter.value = source.attempts.at(static_cast<std::size_t>(at));
        family.metric.push_back(std::move(metric));
    }

    const std::string name_;
    const std::string help_;
    mutable std::mutex mutex_;
    ranking ranking_;
    std::vector<row> named_;
    row other_;
};

counter_by_destination::counter_by_destination(const family& description, std::size_t most)
    : series_(std::make_unique<series>(description, most)) {}

counter_by_destination::~counter_by_destination() = default;

void counter_by_destination::count(std::string_view domain, delivery_result result) {
    series_->count(domain, result);
}

double counter_by_destination::value(std::string_view destination, delivery_result result) const {
    return series_->value(destination, result);
}

const prometheus::Collectable& counter_by_destination::underlying() const noexcept {
    return *series_;
}

}  // namespace kurir::metrics
