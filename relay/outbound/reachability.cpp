#include "relay/outbound/reachability.hpp"

#include <algorithm>
#include <iterator>

#include "relay/log/log.hpp"
#include "relay/net/interfaces.hpp"

namespace kurir::outbound {

namespace {

namespace ip = boost::asio::ip;

constexpr std::chrono::minutes address_look_interval{1};

std::string key_of(const host_address& host, const std::string& source) {
    return server_of(host) + ' ' + source;
}

bool is_v6(const host_address& host) {
    return host.endpoint.address().is_v6();
}

// A private IPv4 address may be translated on the way; a local IPv6 one hardly ever is.
bool leads_to_internet(const ip::address& own) {
    if (own.is_loopback() || own.is_unspecified()) return false;
    if (own.is_v4()) return true;
    const auto v6 = own.to_v6();
    const bool is_local = (v6.to_bytes()[0] & 0xfeU) == 0xfcU;  // fc00::/7
    return !v6.is_link_local() && !is_local;
}

// One of the family of the first, one of the other, and so on.
std::vector<host_address> alternating(const std::vector<host_address>& all) {
    if (all.empty()) return {};
    std::vector<host_address> first;
    std::vector<host_address> second;
    for (const auto& each : all)
        (is_v6(each) == is_v6(all.front()) ? first : second).push_back(each);
    std::vector<host_address> mixed;
    mixed.reserve(all.size());
    for (std::size_t at = 0; at < std::max(first.size(), second.size()); ++at) {
        if (at < first.size()) mixed.push_back(first[at]);
        if (at < second.size()) mixed.push_back(second[at]);
    }
    return mixed;
}

}  // namespace

const reachability::address* reachability::worked(
    const host_address& host, const std::string& source, time_point now
) const {
    const auto found = by_host_.find(key_of(host, source));
    if (found == by_host_.end() || now >= found->second->until) return nullptr;
    return &found->second->worked;
}

std::vector<host_address> reachability::in_order(
    const std::vector<std::vector<host_address>>& hosts,
    const std::string& source,
    start start,
    time_point now
) const {
    std::vector<host_address> all;
    for (const auto& addresses : hosts) {
        auto mixed = alternating(addresses);
        const bool has_choice = start == start::where_it_worked && mixed.size() > 1;
        const auto* best = has_choice ? worked(mixed.front(), source, now) : nullptr;
        if (best != nullptr) {
            const auto found = std::ranges::find_if(mixed, [&](const host_address& each) {
                return each.endpoint.address() == *best;
            });
            if (found != mixed.end()) std::rotate(mixed.begin(), found, found + 1);
        }
        std::ranges::move(mixed, std::back_inserter(all));
    }
    std::vector<host_address> ordered;
    for (const bool off : {false, true}) {
        std::ranges::copy_if(all, std::back_inserter(ordered), [&](const host_address& each) {
            const bool is_near = each.endpoint.address().is_loopback();
            return off == (!is_near && is_off(is_v6(each), now));
        });
    }
    return ordered;
}

void reachability::answered(const host_address& host, const std::string& source, time_point now) {
    auto key = key_of(host, source);
    if (const auto found = by_host_.find(key); found != by_host_.end()) {
        by_age_.splice(by_age_.end(), by_age_, found->second);
    } else {
        if (by_age_.size() >= hosts_max_) {
            by_host_.erase(by_age_.front().host);
            by_age_.pop_front();
        }
        by_age_.push_back({.host = key, .worked = {}, .until = {}});
        by_host_.emplace(std::move(key), std::prev(by_age_.end()));
    }
    by_age_.back().worked = host.endpoint.address();
    by_age_.back().until = now + memory;
}

reachability::news reachability::reached(bool v6) {
    auto& family = of(v6);
    family.off_until = {};
    return std::exchange(family.told, false) ? news::on : news::none;
}

reachability::news reachability::unreachable(bool v6, time_point now) {
    auto& family = of(v6);
    family.off_until = now + family_pause;
    return std::exchange(family.told, true) ? news::none : news::off;
}

std::array<reachability::news, 2> reachability::look_at(std::span<const address> own) {
    std::array<news, 2> all{};
    for (const bool v6 : {false, true}) {
        auto& family = of(v6);
        const bool has = std::ranges::any_of(own, [v6](const address& each) {
            return each.is_v6() == v6 && leads_to_internet(each);
        });
        if (std::exchange(family.has_address, has) == has) continue;
        if (!has) {
            all.at(v6 ? 1 : 0) = std::exchange(family.told, true) ? news::none : news::off;
        } else if (family.off_until == time_point()) {
            all.at(v6 ? 1 : 0) = std::exchange(family.told, false) ? news::on : news::none;
        }
    }
    return all;
}

bool reachability::is_off(bool v6, time_point now) const {
    return !of(v6).has_address || now < of(v6).off_until;
}

void log_reachability(bool v6, reachability::news news) {
    const char* const name = v6 ? "ipv6" : "ipv4";
    if (news == reachability::news::off) {
        log::event(log::level::notice, "ip_family_off")
            .with("family", name)
            .with("advice", "this machine can't reach it; its addresses are tried last");
    } else if (news == reachability::news::on) {
        log::event(log::level::notice, "ip_family_on").with("family", name);
    }
}

void shared_reachability::tell(bool v6, reachability::news news) const {
    if (news != reachability::news::none) tell_(v6, news);
}

void shared_reachability::look(reachability::time_point now) {
    if (now < next_look_) return;
    next_look_ = now + address_look_interval;
    const auto own = net::interface_addresses();
    const auto [v4, v6] = known_.look_at(own);
    tell(false, v4);
    tell(true, v6);
}

std::vector<host_address> shared_reachability::in_order(
    const std::vector<std::vector<host_address>>& hosts,
    const std::string& source,
    reachability::start start
) {
    const std::lock_guard guard(lock_);
    const auto now = net::clock::now();
    look(now);
    return known_.in_order(hosts, source, start, now);
}

void shared_reachability::answered(const host_address& host, const std::string& source) {
    const std::lock_guard guard(lock_);
    known_.answered(host, source, net::clock::now());
}

void shared_reachability::reached(bool v6) {
    const std::lock_guard guard(lock_);
    tell(v6, known_.reached(v6));
}

void shared_reachability::unreachable(bool v6) {
    const std::lock_guard guard(lock_);
    tell(v6, known_.unreachable(v6, net::clock::now()));
}

}  // namespace kurir::outbound
