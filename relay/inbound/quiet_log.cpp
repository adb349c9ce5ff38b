#include "relay/inbound/quiet_log.hpp"

#include <algorithm>

#include "relay/log/log.hpp"

namespace kurir::inbound {

bool quiet_log::tells(const std::string& network, net::clock::time_point now) {
    const std::lock_guard lock(mutex_);
    const bool known = networks_.contains(network);
    const bool room = known || networks_.size() < networks_max;
    auto& of_network = networks_[room ? network : std::string()];
    if (of_network.until > now) {
        ++of_network.untold;
        return false;
    }
    if (of_network.untold > 0) {  // its window is over, but it was not reported yet
        ++of_network.untold;
        next_due_ = now;
        return false;
    }
    of_network.until = now + window;
    next_due_ = std::min(next_due_, of_network.until);
    return true;
}

std::vector<quiet_log::summary> quiet_log::due(net::clock::time_point now) {
    const std::lock_guard lock(mutex_);
    std::vector<summary> told;
    if (now < next_due_) return told;
    next_due_ = net::clock::time_point::max();
    for (auto at = networks_.begin(); at != networks_.end();) {
        auto& [network, of_network] = *at;
        if (of_network.until <= now) {
            if (of_network.untold == 0) {
                at = networks_.erase(at);
                continue;
            }
            told.push_back({network, of_network.untold});
            of_network = {now + window, 0};
        }
        next_due_ = std::min(next_due_, of_network.until);
        ++at;
    }
    return told;
}

std::vector<quiet_log::summary> quiet_log::rest() {
    const std::lock_guard lock(mutex_);
    std::vector<summary> told;
    for (const auto& [network, of_network] : networks_) {
        if (of_network.untold > 0) told.push_back({network, of_network.untold});
    }
    networks_.clear();
    return told;
}

namespace {

void describe(log::event& line, const quiet_log::summary& told) {
    line.with("network", told.network.empty() ? std::string_view("others") : told.network)
        .with("sessions", told.sessions);
}

}  // namespace

void quiet_log::write(const std::vector<summary>& told) {
    for (const auto& each : told) {
        log::event line(log::level::info, "empty_sessions");
        describe(line, each);
    }
}

void quiet_log::write_handshakes(const std::vector<summary>& told) {
    for (const auto& each : told) {
        log::event line(log::level::notice, "tls_failures");
        describe(line, each);
    }
}

}  // namespace kurir::inbound
