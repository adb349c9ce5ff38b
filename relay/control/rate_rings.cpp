#include "relay/control/rate_rings.hpp"

#include <algorithm>
#include <iterator>

namespace kurir::control {

void rate_rings::ring::advance(net::clock::time_point now) {
    const auto current = now.time_since_epoch() / step;
    const auto passed = std::min(current - newest, std::ssize(steps));
    for (std::int64_t each = 0; each < passed; ++each)
        steps.at(static_cast<std::size_t>(current - each) % steps.size()) = {};
    newest = std::max(newest, current);
}

std::vector<rate_rings::counts> rate_rings::ring::finished(net::clock::time_point now) {
    advance(now);
    std::vector<counts> all;
    all.reserve(length);
    for (std::size_t age = length; age > 0; --age) {
        all.push_back(
            steps.at((static_cast<std::size_t>(newest) + steps.size() - age) % steps.size())
        );
    }
    return all;
}

void rate_rings::count(std::size_t kind, net::clock::time_point now) {
    for (auto* each : {&seconds_, &minutes_}) {
        each->advance(now);
        ++each->steps.at(static_cast<std::size_t>(each->newest) % each->steps.size()).at(kind);
    }
}

std::vector<rate_rings::counts> rate_rings::seconds(net::clock::time_point now) {
    return seconds_.finished(now);
}

std::vector<rate_rings::counts> rate_rings::minutes(net::clock::time_point now) {
    return minutes_.finished(now);
}

}  // namespace kurir::control
