// Values by patterns of names; the most specific pattern that matches a name counts.
//
//   gmail.com       this name
//   *.outlook.com   the names below it, at any depth, but not outlook.com itself
//   *               every name
//
// The order: the name itself, then the longest `*.` pattern, then `*`. The order in which patterns
// were added does not matter. Capitals don't matter. Pure; finding takes one look-up for each label
// of the name, independent of the number of patterns.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace kurir::config {

class pattern_index {
public:
    // The place of a new pattern: 0, 1, 2, …; nothing if it is there already.
    std::optional<std::size_t> add(std::string_view pattern);

    // The place of exactly this pattern.
    std::optional<std::size_t> place_of(std::string_view pattern) const;

    // Calls `visit` with the place of each pattern that matches, the most specific first, until it
    // returns true. Returns whether it did.
    template <class Visit>
    bool visit_matches(std::string_view name, Visit visit) const;

    // In the order of their places, in lower case.
    const std::vector<std::string>& patterns() const noexcept { return patterns_; }

private:
    static constexpr std::string_view everyone = "*";
    static constexpr std::string_view wildcard = "*.";

    static std::string lowered(std::string_view text);

    struct text_hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const noexcept {
            return std::hash<std::string_view>()(text);
        }
    };
    using places = std::unordered_map<std::string, std::size_t, text_hash, std::equal_to<>>;

    std::vector<std::string> patterns_;
    places exact_;
    places below_;  // by the name after "*."
    std::optional<std::size_t> everyone_;
};

template <class Visit>
bool pattern_index::visit_matches(std::string_view name, Visit visit) const {
    if (patterns_.empty()) return false;
    const auto wanted = lowered(name);
    if (const auto found = exact_.find(wanted); found != exact_.end() && visit(found->second)) {
        return true;
    }
    if (!below_.empty()) {
        const std::string_view whole = wanted;
        // Something must stand before the dot.
        for (auto dot = whole.find('.', 1); dot < whole.size(); dot = whole.find('.', dot + 1)) {
            const auto found = below_.find(whole.substr(dot + 1));
            if (found != below_.end() && visit(found->second)) return true;
        }
    }
    return everyone_ && visit(*everyone_);
}

template <class T>
class pattern_map {
public:
    // False if the pattern is there already, and then nothing changes.
    bool add(std::string_view pattern, T value) {
        if (!index_.add(pattern)) return false;
        values_.push_back(std::move(value));
        return true;
    }

    // The value of the most specific pattern that matches `name`; null if none does.
    const T* find(std::string_view name) const {
        const T* best = nullptr;
        for_each_match(name, [&](std::string_view, const T& value) {
            best = &value;
            return true;
        });
        return best;
    }

    // The value of exactly this pattern; null if there is none.
    T* at(std::string_view pattern) {
        const auto place = index_.place_of(pattern);
        return place ? &values_[*place] : nullptr;
    }

    // Calls `visit(pattern, value)` for each pattern that matches, the most specific first, until
    // it returns true. Returns whether it did.
    template <class Visit>
    bool for_each_match(std::string_view name, Visit visit) const {
        return index_.visit_matches(name, [&](std::size_t place) {
            return visit(std::string_view(index_.patterns()[place]), values_[place]);
        });
    }

    // Calls `visit(pattern, value)` for all, in the order in which they were added.
    template <class Visit>
    void for_each(Visit visit) const {
        for (std::size_t place = 0; place < values_.size(); ++place)
            visit(std::string_view(index_.patterns()[place]), values_[place]);
    }

    bool empty() const noexcept { return values_.empty(); }
    std::size_t size() const noexcept { return values_.size(); }

private:
    pattern_index index_;
    std::vector<T> values_;  // by place
};

}  // namespace kurir::config
