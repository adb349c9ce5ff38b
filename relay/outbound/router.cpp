#include "relay/outbound/router.hpp"

#include <boost/asio/ip/address.hpp>

#include <algorithm>
#include <chrono>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "dns/exchange.hpp"
#include "relay/net/interfaces.hpp"
#include "relay/outbound/ourselves.hpp"

namespace kurir::outbound {

namespace asio = boost::asio;

namespace {

// A domain may list a hundred hosts that no name server answers for. After this time those are left
// out that were not asked for yet.
constexpr auto look_up_time = std::chrono::seconds(60);

// The address in "[192.0.2.1]" or "[IPv6:2001:db8::1]" (RFC 5321 section 4.1.3).
std::optional<asio::ip::address> address_literal(std::string_view domain) {
    if (domain.size() < 2 || domain.front() != '[' || domain.back() != ']') return std::nullopt;
    auto inside = domain.substr(1, domain.size() - 2);
    constexpr std::string_view tag = "IPv6:";
    if (inside.size() > tag.size() && (inside[0] == 'I' || inside[0] == 'i')) {
        inside.remove_prefix(tag.size());
    }
    boost::system::error_code ec;
    auto address = asio::ip::make_address(inside, ec);
    if (ec) return std::nullopt;
    return address;
}

// Domains with the same hosts at the same preferences share a site; the shuffle within one
// preference must not tell them apart.
std::string site_of(const std::vector<dns::mx_host>& hosts) {
    auto sorted = hosts;
    std::sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) {
        return std::pair(a.preference, a.name) < std::pair(b.preference, b.name);
    });
    std::string site;
    for (const auto& each : sorted) {
        if (!site.empty()) site += ',';
        site += each.name;
    }
    return site;
}

route begin(const route_definition& definition, std::string site) {
    return {
        .key =
            {
                .site = std::move(site),
                .route = definition.name,
                .tls = definition.tls,
                .credential = definition.credential,
                .source = definition.source,
            },
        .targets = {},
        .resolved_at = net::clock::now(),
    };
}

route_definition definition_of(const config::route_target& target, const config::config& config) {
    using kind = config::route_target::kind;
    route_definition definition{.name = target.name};
    switch (target.action) {
        case kind::relayhost:
            definition.relayhosts =
                target.servers.empty() ? config.relayhosts.at(target.name) : target.servers;
            break;
        case kind::reject:
            definition.end = rejected_by_rule(target.reply);
            break;
        case kind::discard:
            definition.end = discarded_by_rule();
            break;
        case kind::mx:
        case kind::standard:
            break;
    }
    return definition;
}

}  // namespace

route_table routes_of(const config::config& config) {
    std::vector<route_definition> named;
    std::set<std::string_view> names{config::default_route};
    for (const auto& rule : config.routes.all()) {
        if (names.insert(rule.target.name).second) {
            named.push_back(definition_of(rule.target, config));
        }
    }
    // Mail may name them by an earlier rule.
    for (const auto& [name, servers] : config.relayhosts) {
        if (names.insert(name).second) named.push_back({.name = name, .relayhosts = servers});
    }
    return route_table({.relayhosts = config.relayhost}, std::move(named), config.routes);
}

router::router(
    const config::live_config& config,
    const route_table& routes,
    dns::resolver& resolver,
    std::vector<asio::ip::tcp::endpoint> own_listeners
)
    : config_(config),
      routes_(routes),
      resolver_(resolver),
      own_listeners_(std::move(own_listeners)) {}

// Asked for only where they decide something: when we listen where mail would go, on all addresses.
std::vector<asio::ip::address> router::addresses_of_machine(std::uint16_t remote_port) const {
    const bool matters = std::ranges::any_of(own_listeners_, [remote_port](const auto& own) {
        return own.port() == remote_port && own.address().is_unspecified();
    });
    return matters ? net::interface_addresses() : std::vector<asio::ip::address>();
}

asio::awaitable<router::found> router::find(route_choice choice) {
    const auto& definition = routes_.find(choice.route);
    if (definition.end) co_return *definition.end;
    if (!definition.relayhosts.empty()) co_return co_await find_relayhost(definition);
    // It was chosen for a relayhost, before this route was known: chosen anew, it has a domain.
    if (choice.domain.empty()) co_return route_has_changed();
    auto config = config_.get();
    if (const auto literal = address_literal(choice.domain)) {
        auto route = begin(definition, choice.domain);
        route.targets.push_back({choice.domain, config->remote_port, {*literal}});
        co_return route;
    }
    co_return co_await find_exchange(definition, std::move(config), std::move(choice.domain));
}

// The servers of a list that have an address just now.
asio::awaitable<router::found> router::find_relayhost(const route_definition& definition) {
    auto there = begin(definition, config::relayhosts_text(definition.relayhosts));
    std::optional<verdict> why_not;
    bool begins = true;  // the servers of one preference
    for (const auto& [host, port, shares] : definition.relayhosts) {
        begins = begins || !shares;
        auto addresses = co_await resolver_.addresses(host);
        // A smarthost that does not resolve is our trouble, not the recipient's: never a bounce.
        if (!addresses) {
            if (!why_not) why_not = judge_relayhost_name(host, addresses.error());
            continue;
        }
        there.targets.push_back({host, port, std::move(*addresses), !begins});
        begins = false;
    }
    if (there.targets.empty()) co_return std::move(*why_not);
    there.relayhost = there.any_domain = there.any_worker = true;
    co_return there;
}

asio::awaitable<router::found> router::find_exchange(
    const route_definition& definition, config::snapshot config, std::string domain
) {
    auto exchange = co_await resolver_.exchange(domain);
    if (!exchange) co_return judge_name(domain, exchange.error());

    const auto is_our_name = [&](const auto& host) { return host.name == config->hostname; };
    auto hosts = dns::without_ourselves(std::move(exchange->hosts), is_our_name);

    std::map<std::string, std::vector<asio::ip::address>> known;
    boost::system::error_code temporary;
    if (exchange->cut) temporary = dns::errc::too_many;
    const auto until = net::clock::now() + look_up_time;
    for (const auto& host : hosts) {
        if (net::clock::now() >= until) {
            temporary = dns::errc::timeout;
            break;
        }
        auto addresses = co_await resolver_.addresses(host.name);
        if (addresses) {
            known[host.name] = std::move(*addresses);
        } else if (judge_name(host.name, addresses.error()).outcome == outcome::deferred) {
            temporary = addresses.error();
        }
    }
    const auto machine = addresses_of_machine(config->remote_port);
    hosts = dns::without_ourselves(std::move(hosts), [&](const dns::mx_host& host) {
        return std::ranges::any_of(known[host.name], [&](const auto& address) {
            return is_ourselves({address, config->remote_port}, own_listeners_, machine);
        });
    });
    if (hosts.empty()) co_return mail_loop(domain);

    auto route = begin(definition, site_of(hosts));
    for (const auto& host : hosts) {
        auto& addresses = known[host.name];
        if (addresses.empty()) continue;
        route.targets.push_back({host.name, config->remote_port, std::move(addresses)});
    }
    if (!route.targets.empty()) co_return route;
    // No host has an address. That is final only if it was proven of each (C055, decision 22).
    co_return judge_name(domain, temporary ? temporary : make_error_code(dns::errc::no_data));
}

}  // namespace kurir::outbound
