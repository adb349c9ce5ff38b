#include "relay/outbound/draw.hpp"

#include <random>

namespace kurir::outbound {

double draw() {
    thread_local std::minstd_rand generator(std::random_device{}());
    return std::uniform_real_distribution<double>(0.0, 1.0)(generator);
}

}  // namespace kurir::outbound
