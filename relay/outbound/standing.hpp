// Which servers of a relayhost are passed over for now, because they could not be reached.
//
// A list of relayhosts has an order of preference. A server that failed stands behind the others
// until it has answered for a while. Meanwhile one connection at a time tries it, after pauses that
// double while it fails. So a dead server costs few connections their time, and one that comes and
// goes does not make all mail come and go with it.
//
// Pure. By host name and port; only servers that failed need memory.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>

#include "relay/net/clock.hpp"
#include "relay/outbound/hosts.hpp"
#include "relay/outbound/route.hpp"

namespace kurir::outbound {

class standing {
public:
    using time_point = net::clock::time_point;

    // After a failure a server is left alone for `pause_min`, after that of its trial for twice as
    // long, and so on. It is trusted again when it has answered for `trial` without a failure.
    static constexpr std::chrono::seconds pause_min{10};
    static constexpr std::chrono::seconds pause_max{300};
    static constexpr std::chrono::seconds trial{60};
    static constexpr std::chrono::seconds trial_step{5};
    static constexpr std::size_t servers_max = 1024;

    // No session could be begun with it, or one was.
    void failed(const std::string& server, time_point now);
    void answered(const std::string& server, time_point now);

    // The route with its targets in the order in which the connection of this number tries them.
    // Servers that share the load come first in turn.
    std::shared_ptr<const route> in_order(
        std::shared_ptr<const route> hosts, std::uint64_t number, time_point now
    );

    std::size_t size() const noexcept { return failing_.size(); }

private:
    struct record {
        std::chrono::seconds pause{0};
        time_point next_trial{};
        time_point well_since{};  // if it answers
        bool answers = false;     // since the last failure
        bool on_trial = false;    // a connection tries it
    };

    bool begins_trial(record& server, time_point now);

    std::unordered_map<std::string, record> failing_;
};

// For the connections of all threads.
class shared_standing {
public:
    // A server of this route has begun a session.
    void answered(const route& hosts, const host_address& host);

    // No session could be begun at the last address of a server that the attempt tries.
    void failed(const route& hosts, const host_address& host);
    std::shared_ptr<const route> in_order(
        std::shared_ptr<const route> hosts, std::uint64_t number
    ) {
        const std::lock_guard guard(lock_);
        return known_.in_order(std::move(hosts), number, net::clock::now());
    }

private:
    std::mutex lock_;
    standing known_;
};

}  // namespace kurir::outbound
