// Counters, gauges and histograms as thin handles, and tables of them over fixed sets of labels.
//
// Every series exists from the start with the value zero, so a rate never begins with a gap. A
// handle is one pointer into the registry, which must outlive it; handles may be copied freely. All
// operations are thread-safe and take tens of nanoseconds: a table is an index, not a search.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "metrics/labels.hpp"

// NOLINTBEGIN(readability-identifier-naming): the names are the library's
namespace prometheus {
class Counter;
class Gauge;
class Histogram;
class Registry;
}  // namespace prometheus
// NOLINTEND(readability-identifier-naming)

namespace kurir::metrics {

using label_set = std::vector<std::pair<std::string_view, std::string_view>>;

// Owns every series of the program.
class registry {
public:
    registry();
    registry(const registry&) = delete;
    registry& operator=(const registry&) = delete;
    ~registry();

    const prometheus::Registry& underlying() const noexcept { return *series_; }
    prometheus::Registry& underlying() noexcept { return *series_; }

private:
    std::unique_ptr<prometheus::Registry> series_;
};

// The name of a family of series, without the prefix kurir_, and its meaning.
struct family {
    std::string_view name;
    std::string_view help;
    std::span<const double> buckets = {};  // of histograms
};

class counter {
public:
    counter(registry& target, const family& description, const label_set& labels = {});
    void inc(double amount = 1) noexcept;
    double value() const noexcept;

private:
    prometheus::Counter* cell_;
};

class gauge {
public:
    gauge(registry& target, const family& description, const label_set& labels = {});
    void set(double value) noexcept;
    void inc(double amount = 1) noexcept;
    void dec(double amount = 1) noexcept;
    double value() const noexcept;

private:
    prometheus::Gauge* cell_;
};

class histogram {
public:
    histogram(registry& target, const family& description, const label_set& labels = {});
    void observe(double value) noexcept;
    std::size_t count() const;  // observations so far
    double sum() const;         // of their values

private:
    prometheus::Histogram* cell_;
};

// One `Series` for each combination of the labels' values.
template <class Series, class... Labels>
class table {
public:
    table(registry& target, const family& description) {
        cells_.reserve(size);
        for (std::size_t at = 0; at < size; ++at)
            cells_.emplace_back(target, description, labels_of(at));
    }

    Series& operator()(Labels... values) noexcept {
        std::size_t at = 0;
        ((at = at * label<Labels>::values.size() + static_cast<std::size_t>(values)), ...);
        return cells_[at];
    }

private:
    static constexpr std::size_t size = (label<Labels>::values.size() * ...);

    // Two enums may have a label of the same name, but not in one table.
    static constexpr bool distinct() {
        std::array names{label<Labels>::name...};
        std::ranges::sort(names);
        return std::ranges::adjacent_find(names) == names.end();
    }
    static_assert(distinct());

    // The inverse of the index that `operator()` computes.
    static label_set labels_of(std::size_t at) {
        std::size_t stride = size;
        label_set labels;
        (
            [&] {
                stride /= label<Labels>::values.size();
                labels.emplace_back(label<Labels>::name, label<Labels>::values[at / stride]);
                at %= stride;
            }(),
            ...
        );
        return labels;
    }

    std::vector<Series> cells_;
};

template <class... Labels>
using counter_by = table<counter, Labels...>;
template <class... Labels>
using gauge_by = table<gauge, Labels...>;
template <class... Labels>
using histogram_by = table<histogram, Labels...>;

// Bucket limits in seconds, for local I/O, the network and end to end; and in bytes.
namespace buckets {
inline constexpr std::array io{
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0
};
inline constexpr std::array io_to_30s{
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0
};
inline constexpr std::array io_to_60s{
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0
};
inline constexpr std::array net{
    0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0
};
inline constexpr std::array net_to_30s{
    0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0
};
inline constexpr std::array end_to_end{
    0.1,
    0.25,
    0.5,
    1.0,
    2.5,
    5.0,
    10.0,
    30.0,
    60.0,
    300.0,
    900.0,
    3600.0,
    14400.0,
    43200.0,
    86400.0,
    259200.0
};
inline constexpr std::array loop{0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0};
inline constexpr std::array size{
    1024.0, 4096.0, 16384.0, 65536.0, 262144.0, 1048576.0, 4194304.0, 16777216.0, 67108864.0
};
inline constexpr std::array recipients{1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 500.0};
inline constexpr std::array attempts{1.0, 2.0, 3.0, 4.0, 5.0, 8.0, 13.0, 21.0, 34.0};
inline constexpr std::array batch{1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0};
}  // namespace buckets

}  // namespace kurir::metrics
