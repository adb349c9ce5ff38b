// Sums up what many clients do all the time: sessions of one network in which nothing was said, or
// no TLS agreed on, as port scanners, load balancers and floods make them. The first is told at
// once, the others of the next minute by one line with their number.
//
// Thread-safe, because all sessions share one; memory is bounded: the sessions of networks beyond
// `networks_max` are summed up together.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "relay/net/clock.hpp"

namespace kurir::inbound {

class quiet_log {
public:
    static constexpr std::chrono::minutes window{1};
    static constexpr std::size_t networks_max = 1000;

    struct summary {
        std::string network;  // empty: of several networks
        std::uint64_t sessions = 0;
    };

    // Such a session of `network` ended. True if it is to be told by itself.
    bool tells(const std::string& network, net::clock::time_point now);

    // The sums of sessions without a line that are due. Cheap if none is due.
    std::vector<summary> due(net::clock::time_point now);

    // The rest, at the end of the process.
    std::vector<summary> rest();

    static void write(const std::vector<summary>& told);
    static void write_handshakes(const std::vector<summary>& told);

private:
    struct entry {
        net::clock::time_point until;
        std::uint64_t untold = 0;
    };

    std::mutex mutex_;
    std::unordered_map<std::string, entry> networks_;
    net::clock::time_point next_due_ = net::clock::time_point::max();
};

}  // namespace kurir::inbound
