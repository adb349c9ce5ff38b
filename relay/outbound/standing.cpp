#include "relay/outbound/standing.hpp"

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

namespace kurir::outbound {

namespace {

// Whether the servers of this route have a standing: MX hosts have their own order.
bool has_choice(const route& hosts) {
    return hosts.relayhost && hosts.targets.size() >= 2;
}

}  // namespace

void standing::failed(const std::string& server, time_point now) {
    if (failing_.size() >= servers_max && !failing_.contains(server)) return;
    auto& known = failing_[server];
    // Many connections may learn the same at a time, or late.
    const bool is_news = known.pause.count() == 0 || known.on_trial || known.answers;
    if (!is_news) return;
    known.pause = std::clamp(known.pause * 2, pause_min, pause_max);
    known.next_trial = now + known.pause;
    known.answers = known.on_trial = false;
}

void standing::answered(const std::string& server, time_point now) {
    const auto found = failing_.find(server);
    if (found == failing_.end()) return;
    auto& known = found->second;
    if (!std::exchange(known.answers, true)) known.well_since = now;
    if (now - known.well_since >= trial) {
        failing_.erase(found);
        return;
    }
    known.on_trial = false;
    known.next_trial = now + trial_step;
}

bool standing::begins_trial(record& server, time_point now) {
    if (now < server.next_trial) return false;
    // If nothing is heard of it, because the connection got no work or began elsewhere, another
    // connection tries.
    server.next_trial = now + std::max(server.pause, pause_min);
    server.on_trial = true;
    return true;
}

std::shared_ptr<const route> standing::in_order(
    std::shared_ptr<const route> hosts, std::uint64_t number, time_point now
) {
    if (!has_choice(*hosts)) return hosts;
    hosts = in_turn(std::move(hosts), number);
    if (failing_.empty()) return hosts;
    std::vector<target> trusted;
    std::vector<target> behind;
    bool begins = true;
    bool behind_begins = true;
    for (auto each : hosts->targets) {
        if (!each.shares) begins = behind_begins = true;
        const auto found = failing_.find(server_of(each));
        // Only the first one is sure to be tried.
        const bool stays =
            found == failing_.end() || (trusted.empty() && begins_trial(found->second, now));
        // It shares with the server before it in its new place, if that did.
        each.shares = !std::exchange(stays ? begins : behind_begins, false);
        (stays ? trusted : behind).push_back(std::move(each));
    }
    if (behind.empty()) return hosts;
    std::ranges::move(behind, std::back_inserter(trusted));
    auto ordered = std::make_shared<route>(*hosts);
    ordered->targets = std::move(trusted);
    return ordered;
}

void shared_standing::answered(const route& hosts, const host_address& host) {
    if (!has_choice(hosts)) return;
    const std::lock_guard guard(lock_);
    known_.answered(server_of(host), net::clock::now());
}

void shared_standing::failed(const route& hosts, const host_address& host) {
    if (!has_choice(hosts)) return;
    const std::lock_guard guard(lock_);
    known_.failed(server_of(host), net::clock::now());
}

}  // namespace kurir::outbound
