#include "relay/outbound/trouble_elsewhere.hpp"

#include <algorithm>

namespace kurir::outbound {

std::chrono::milliseconds borrowed_pause(std::chrono::milliseconds left, double draw) {
    const std::chrono::duration<double, std::milli> pause =
        std::min<std::chrono::milliseconds>(left, borrowed_pause_max);
    return std::chrono::ceil<std::chrono::milliseconds>(pause * (1.25 + draw / 4));
}

}  // namespace kurir::outbound
