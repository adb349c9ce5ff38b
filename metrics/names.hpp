// Label values that are known when the program starts, but not before: the names of routes,
// listeners, credentials.
//
// Like enums, they are bounded: names above the limit and names that were not declared count as
// `other`. So the number of series is fixed from the start here, too.
#pragma once

#include <algorithm>
#include <array>
#include <cassert>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "metrics/instrument.hpp"

namespace kurir::metrics {

// Names that the configuration declares, of each kind that metrics have a label for.
struct declared_names {
    std::vector<std::string> listeners = {};   // those that have a name
    std::vector<std::string> relayhosts = {};  // those that are logged in to
    std::vector<std::string> routes = {};
    std::vector<std::string> users = {};
    std::size_t top_destinations = 0;  // how many destinations are named, by what is seen
};

// The values of one label: at most `limit` names, those that come first, and `other`.
class known_names {
public:
    static constexpr std::string_view other = "other";
    static constexpr std::size_t usual_limit = 32;

    known_names(
        std::string_view label,
        const std::vector<std::string>& declared,
        std::size_t limit = usual_limit
    )
        : label_(label) {
        for (const auto& name : declared) {
            const bool known = name == other || std::ranges::find(names_, name) != names_.end();
            if (!known && names_.size() < limit) names_.push_back(name);
        }
        names_.emplace_back(other);
    }

    std::string_view label() const noexcept { return label_; }
    const std::vector<std::string>& values() const noexcept { return names_; }

    // The index of the value for `name`: a search among at most `limit` texts, which a message or a
    // recipient can afford, but no command and no chunk.
    std::size_t index_of(std::string_view name) const noexcept {
        const auto found = std::ranges::find(names_, name);
        return std::min(static_cast<std::size_t>(found - names_.begin()), names_.size() - 1);
    }

private:
    std::string label_;
    std::vector<std::string> names_;  // `other` is the last
};

// One `Series` for each name and each combination of the other labels' values.
template <class Series, class... Labels>
class table_by_name {
public:
    table_by_name(registry& target, const family& description, const known_names& names) {
        assert(((names.label() != label<Labels>::name) && ...));
        cells_.reserve(names.values().size() * (label<Labels>::values.size() * ... * 1));
        for (const auto& name : names.values())
            add<Labels...>(target, description, {{names.label(), name}});
    }

    // `name` is an index that the `known_names` gave.
    Series& operator()(std::size_t name, Labels... values) noexcept {
        std::size_t at = name;
        ((at = at * label<Labels>::values.size() + static_cast<std::size_t>(values)), ...);
        return cells_[at];
    }

private:
    // Two enums may have a label of the same name, but not in one table.
    static constexpr bool distinct() {
        std::array<std::string_view, sizeof...(Labels)> names{label<Labels>::name...};
        std::ranges::sort(names);
        return std::ranges::adjacent_find(names) == names.end();
    }
    static_assert(distinct());

    // In the order of the index that `operator()` computes.
    template <class... Rest>
    void add(registry& target, const family& description, const label_set& labels) {
        if constexpr (sizeof...(Rest) == 0) {
            cells_.emplace_back(target, description, labels);
        } else {
            add_each<Rest...>(target, description, labels);
        }
    }

    template <class First, class... Rest>
    void add_each(registry& target, const family& description, const label_set& labels) {
        for (const auto value : label<First>::values) {
            auto more = labels;
            more.emplace_back(label<First>::name, value);
            add<Rest...>(target, description, more);
        }
    }

    std::vector<Series> cells_;
};

template <class... Labels>
using counter_by_name = table_by_name<counter, Labels...>;
template <class... Labels>
using gauge_by_name = table_by_name<gauge, Labels...>;

}  // namespace kurir::metrics
