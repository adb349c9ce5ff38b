// A map of bounded size: what was touched longest ago gives way. Not thread-safe.
#pragma once

#include <cstddef>
#include <list>
#include <string>
#include <unordered_map>
#include <utility>

namespace kurir::base {

template <class Value>
class recent_map {
public:
    static constexpr std::size_t keys_max = 20'000;

    explicit recent_map(std::size_t keys = keys_max) noexcept : most_(keys) {}

    // Null for a key that is not there. Does not touch it.
    const Value* find(const std::string& key) const {
        const auto found = by_key_.find(key);
        return found == by_key_.end() ? nullptr : &found->second->second;
    }

    // The value of this key, or a new one.
    Value& touch(const std::string& key) {
        const auto found = by_key_.find(key);
        if (found != by_key_.end()) {
            entries_.splice(entries_.begin(), entries_, found->second);
        } else {
            if (entries_.size() >= most_) {
                by_key_.erase(entries_.back().first);
                entries_.pop_back();
            }
            entries_.emplace_front(key, Value());
            by_key_.emplace(key, entries_.begin());
        }
        return entries_.front().second;
    }

    void erase(const std::string& key) {
        const auto found = by_key_.find(key);
        if (found == by_key_.end()) return;
        entries_.erase(found->second);
        by_key_.erase(found);
    }

    std::size_t size() const noexcept { return entries_.size(); }

private:
    using entries = std::list<std::pair<std::string, Value>>;

    std::size_t most_;
    entries entries_;  // the last touched first
    std::unordered_map<std::string, typename entries::iterator> by_key_;
};

}  // namespace kurir::base
