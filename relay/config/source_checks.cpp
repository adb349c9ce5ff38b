#include "relay/config/source_checks.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "relay/base/text.hpp"
#include "relay/config/source_addresses.hpp"

namespace kurir::config {
namespace {

using visitor = std::function<void(const std::string& place, const source_addresses& sources)>;

// Every list of source addresses with the setting that gives it.
void each_list(const config& config, const visitor& visit) {
    visit("KURIR_SOURCE_ADDRESSES:", config.sources);
    for (const auto& [name, sources] : config.relayhost_sources) {
        const auto variable = "KURIR_RELAYHOST_" + (name.empty() ? "" : base::uppered(name) + "_");
        visit(variable + "SOURCE:", sources);
    }
    for (const auto& rule : config.routes.all())
        visit("KURIR_ROUTES: line " + std::to_string(rule.line) + ":", rule.target.sources);
}

bool is_usable(const source_address& source, ip_family family) {
    if (family == ip_family::ipv4) return source.address.is_v4();
    if (family == ip_family::ipv6) return source.address.is_v6();
    return true;
}

}  // namespace

void check_sources(const config& config, const host& machine, problems& found) {
    std::set<std::string> told;  // a route may be the target of many rules
    const auto tell = [&](std::string problem) {
        if (told.insert(problem).second) found.push_back(std::move(problem));
    };
    each_list(config, [&](const std::string& place, const source_addresses& sources) {
        if (sources.empty()) return;
        const auto usable = [&](const auto& each) { return is_usable(each, config.family); };
        if (std::ranges::none_of(sources, usable)) {
            tell(place + " has no address of the family that KURIR_IP_FAMILY allows");
        }
        if (!machine.has_address) return;
        for (const auto& each : sources) {
            if (machine.has_address(each.address)) continue;
            tell(place + ' ' + each.address.to_string() + " is not an address of this machine");
        }
    });
    const auto named = config.relayhost_sources.find("");
    const bool unused = named != config.relayhost_sources.end() && !named->second.empty();
    if (unused && config.relayhost.empty()) {
        tell("KURIR_RELAYHOST_SOURCE is set, but KURIR_RELAYHOST is not");
    }
}

host with_addresses_of(host machine, const config& before) {
    if (!machine.has_address) return machine;
    std::set<boost::asio::ip::address> known;
    each_list(before, [&](const std::string&, const source_addresses& sources) {
        for (const auto& each : sources)
            known.insert(each.address);
    });
    machine.has_address = [known = std::move(known), ask = std::move(machine.has_address)](
                              const boost::asio::ip::address& address
                          ) { return known.contains(address) || ask(address); };
    return machine;
}

}  // namespace kurir::config
