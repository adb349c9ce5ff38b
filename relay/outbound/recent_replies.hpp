// What a destination answered last, of what it did not simply take: for operators. A few texts,
// whatever it says.
//
// Pure: the caller supplies the clock reading.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "relay/net/clock.hpp"

namespace kurir::outbound {

class recent_replies {
public:
    static constexpr std::size_t texts_max = 5;
    static constexpr std::size_t text_max = 200;  // bytes
    static constexpr auto kept_for = std::chrono::hours(1);

    struct reply {
        net::clock::time_point last;
        std::string text;
        std::uint64_t count = 1;  // so often in a row, without another text being forgotten
    };

    // The same text counts once more; a new one takes the place of the oldest.
    void add(std::string_view text, net::clock::time_point now) {
        const auto cut = text.substr(0, text_max);
        const auto known = std::ranges::find(replies_, cut, &reply::text);
        if (known != replies_.end()) {
            known->last = now;
            ++known->count;
            return;
        }
        if (replies_.size() == texts_max) {
            replies_.erase(std::ranges::min_element(replies_, {}, &reply::last));
        }
        replies_.push_back({.last = now, .text = std::string(cut)});
    }

    // Those of the last hour, the latest first.
    std::vector<reply> at(net::clock::time_point now) const {
        auto all = replies_;
        std::erase_if(all, [now](const auto& each) { return now - each.last > kept_for; });
        std::ranges::sort(all, std::ranges::greater(), &reply::last);
        return all;
    }

private:
    std::vector<reply> replies_;
};

}  // namespace kurir::outbound
