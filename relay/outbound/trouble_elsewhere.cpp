#include "relay/outbound/trouble_elsewhere.hpp"

#include <algorithm>
#include <utility>

namespace kurir::outbound {

std::chrono::milliseconds borrowed_pause(std::chrono::milliseconds left, double draw) {
    const std::chrono::duration<double, std::milli> pause =
        std::min<std::chrono::milliseconds>(left, borrowed_pause_max);
    return std::chrono::ceil<std::chrono::milliseconds>(pause * (1.25 + draw / 4));
}

void trouble_elsewhere::note(
    const std::string& destination, trouble found, net::clock::time_point now
) {
    if (found_.size() >= remembered_max) {
        std::erase_if(found_, [now](const auto& each) { return each.second.until <= now; });
    }
    if (found_.size() >= remembered_max && !found_.contains(destination)) return;
    found_[destination] = std::move(found);
}

const trouble_elsewhere::trouble* trouble_elsewhere::at(
    const std::string& destination, net::clock::time_point now
) const {
    const auto known = found_.find(destination);
    return known == found_.end() || known->second.until <= now ? nullptr : &known->second;
}

}  // namespace kurir::outbound
