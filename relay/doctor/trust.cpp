#include "relay/doctor/trust.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "relay/config/coverage.hpp"

namespace kurir::doctor {

namespace {

constexpr unsigned wide_v4 = 16;  // a shorter prefix of public addresses is seldom one customer's
constexpr unsigned wide_v6 = 32;

bool is_public(const config::network& network) {
    config::network_set closed;
    std::ignore = config::network_set::parse(
        "loopback private linklocal unspecified shared documentation multicast reserved", closed
    );
    return !closed.contains(network.base);
}

bool is_wide(const config::network& network) {
    return network.prefix_length < (network.base.is_v4() ? wide_v4 : wide_v6);
}

}  // namespace

std::vector<finding> judge_trust(
    const config::network_set& trusted,
    const std::vector<boost::asio::ip::address>& gateways,
    bool in_container
) {
    std::vector<finding> all;
    const auto add = [&](std::string subject, grade grade, std::string found, std::string advice) {
        all.push_back({
            .check = "trust",
            .subject = std::move(subject),
            .grade = grade,
            .found = std::move(found),
            .advice = std::move(advice),
        });
    };
    const std::string setting = "KURIR_TRUSTED_NETWORKS";
    if (config::covers_the_internet(trusted)) {
        add(setting,
            grade::wrong,
            "lets much of the Internet send mail through this relay",
            "name the networks of your applications alone: an open relay is used by spammers "
            "within hours");
        return all;
    }
    for (const auto& each : trusted.networks()) {
        if (!is_wide(each) || !is_public(each)) continue;
        add(each.text(),
            grade::warning,
            "is a large network of public addresses, whose hosts may all relay",
            "name in " + setting + " what is yours of it");
    }
    for (const auto& each : gateways) {
        if (!in_container || !trusted.contains(each)) continue;
        add(each.to_string(),
            grade::warning,
            "is the gateway of this container, and trusted: if a port is published through a "
            "proxy of the container engine, every client of the Internet comes from it",
            "publish the port on an address that the Internet can't reach, or leave the gateway "
            "out of " +
                setting + " and let clients log in");
    }
    if (all.empty()) {
        add(setting,
            grade::ok,
            trusted.empty() ? "is empty: who relays must log in"
                            : std::to_string(trusted.networks().size()) +
                                  " networks, none of "
                                  "them a pitfall",
            "");
    }
    return all;
}

}  // namespace kurir::doctor
