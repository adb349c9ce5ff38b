// A counter for each of the destinations that have most of the mail, by name.
//
// Which these are is not known at the start, so their series come and go; how many there can be is
// known. What all others have counts as `other`. A destination counts from zero when it becomes one
// of them, and what it had before stays in `other`: no series ever falls, but by being there anew.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "metrics/instrument.hpp"

namespace prometheus {
class Collectable;  // NOLINT(readability-identifier-naming): the library's
}

namespace kurir::metrics {

class counter_by_destination {
public:
    // `most`: how many are named; 0: everything counts as `other`.
    counter_by_destination(const family& description, std::size_t most);
    counter_by_destination(const counter_by_destination&) = delete;
    counter_by_destination& operator=(const counter_by_destination&) = delete;
    ~counter_by_destination();

    // Counts an attempt for one recipient in `domain`. Thread-safe.
    void count(std::string_view domain, delivery_result result);

    // How many attempts the series of `destination` has; 0 without one. For tests.
    double value(std::string_view destination, delivery_result result) const;

    const prometheus::Collectable& underlying() const noexcept;

private:
    class series;
    std::unique_ptr<series> series_;
};

}  // namespace kurir::metrics
