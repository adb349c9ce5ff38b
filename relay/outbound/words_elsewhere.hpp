// What other relays of the queue have told of destinations, each for a while. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <unordered_map>
#include <utility>

#include "relay/net/clock.hpp"

namespace kurir::outbound {

// A `Word` has a time point `until`.
template <class Word>
class words_elsewhere {
public:
    static constexpr std::size_t remembered_max = 10'000;

    // If it has no room, not even after what is over, it forgets this one.
    void note(const std::string& destination, Word told, net::clock::time_point now) {
        if (told_.size() >= remembered_max) {
            std::erase_if(told_, [now](const auto& each) { return each.second.until <= now; });
        }
        if (told_.size() >= remembered_max && !told_.contains(destination)) return;
        told_[destination] = std::move(told);
    }
    void forget(const std::string& destination) { told_.erase(destination); }

    // Null: none, or it is over.
    const Word* at(const std::string& destination, net::clock::time_point now) const {
        const auto known = told_.find(destination);
        return known == told_.end() || known->second.until <= now ? nullptr : &known->second;
    }
    bool empty() const noexcept { return told_.empty(); }

private:
    std::unordered_map<std::string, Word> told_;
};

}  // namespace kurir::outbound
