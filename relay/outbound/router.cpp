#include "relay/outbound/router.hpp"

#include <boost/asio/ip/address.hpp>

#include <algorithm>
#include <chrono>
#include <map>
#include <ranges>
#include <set>
#include <string_view>
#include <utility>

#include "dns/exchange.hpp"
#include "relay/base/numeric_address.hpp"
#include "relay/config/named_relayhost.hpp"
#include "relay/net/interfaces.hpp"
#include "relay/outbound/ourselves.hpp"
#include "relay/outbound/source_choice.hpp"

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
    return base::numeric_address(inside);
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

route begin(const route_definition& definition, std::string site, tls_policy tls) {
    route made{
        .key =
            {
                .site = std::move(site),
                .route = definition.name,
                .tls = tls,
                .credential = definition.credential,
            },
        .targets = {},
        .resolved_at = net::clock::now(),
    };
    choose_sources(definition.sources, made);
    return made;
}

// `route` as it can be reached from its sources, if there is a way.
std::variant<route, verdict> reachable(route route) {
    keep_reachable(route.key.source, route.targets);
    if (route.targets.empty()) return source_cannot_reach(route.key.site);
    return route;
}

// The source addresses of the relayhost of this name, or of KURIR_RELAYHOST (""), or of all mail.
config::source_addresses sources_of(const config::config& config, const std::string& relayhost) {
    const auto own = config.relayhost_sources.find(relayhost);
    const bool has_own = own != config.relayhost_sources.end() && !own->second.empty();
    return has_own ? config::with_names(own->second, config.sources) : config.sources;
}

// A login belongs to the relayhost of its name; servers that a rule names itself have none.
route_definition relayhost_definition(const config::config& config, const std::string& name) {
    route_definition definition{
        .name = name,
        .relayhosts = config.relayhosts.at(name),
        .tls = config::policy_of(config, name),
        .sources = sources_of(config, name),
    };
    if (config::login_of(config, name).wanted()) definition.credential = name;
    return definition;
}

// The default route: it takes what no rule sends elsewhere.
route_definition default_definition(const config::config& config) {
    route_definition definition{
        .relayhosts = config.relayhost,
        .tls = config::policy_of(config, ""),
        .sources = config.relayhost.empty() ? config.sources : sources_of(config, ""),
    };
    if (config.relayhost_login.wanted()) definition.credential = config::default_route;
    return definition;
}

route_definition definition_of(const config::route_target& target, const config::config& config) {
    using kind = config::route_target::kind;
    route_definition definition{
        .name = target.name,
        .relayhosts = target.servers,
        .sources = target.sources.empty() ? config.sources
                                          : config::with_names(target.sources, config.sources),
    };
    switch (target.action) {
        case kind::relayhost:
            if (target.relayhost.empty()) break;
            definition = relayhost_definition(config, target.relayhost);
            definition.name = target.name;
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
    if (target.tls) definition.tls = target.tls;
    return definition;
}

}  // namespace

tls_policy mx_policy(
    const route_definition& definition, const config::config& config, std::string_view domain
) {
    if (definition.tls) return *definition.tls;
    return config.remote_tls_rules.find(domain).value_or(config.remote_tls);
}

tls_policy relayhost_policy(const route_definition& definition, const config::relayhost& server) {
    return definition.tls.value_or(config::standard_policy(server));
}

route_table routes_of(const config::config& config) {
    std::vector<route_definition> named;
    std::set<std::string_view> names{config::default_route};
    for (const auto& rule : config.routes.all()) {
        if (names.insert(rule.target.name).second) {
            named.push_back(definition_of(rule.target, config));
        }
    }
    named.push_back({
        .name = std::string(config::suppressed_route),
        .end = suppressed_recipient(),
    });
    using kind = config::route_target::kind;
    for (const auto& permission : config.permissions.all()) {
        const auto& name = permission.route;
        if (name != "mx" && name != "discard") continue;
        if (!names.insert(name).second) continue;
        const auto action = name == "mx" ? kind::mx : kind::discard;
        named.push_back(definition_of({.action = action, .name = name}, config));
    }
    // Mail may name them by an earlier rule.
    for (const auto& [name, servers] : config.relayhosts) {
        if (names.insert(name).second) named.push_back(relayhost_definition(config, name));
    }
    return route_table(default_definition(config), std::move(named), config.routes);
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
        const auto tls = mx_policy(definition, *config, choice.domain);
        auto route = begin(definition, choice.domain, tls);
        route.targets.push_back({choice.domain, config->remote_port, {*literal}, false, tls});
        co_return reachable(std::move(route));
    }
    co_return co_await find_exchange(definition, std::move(config), std::move(choice.domain));
}

// The servers of a list that have an address just now.
asio::awaitable<router::found> router::find_relayhost(const route_definition& definition) {
    // The policy of a list is that of its least demanding server. The site names the schemes and
    // the route has one definition, so that equal keys have equal policies for each server.
    const auto policy_of = [&](const config::relayhost& server) {
        return relayhost_policy(definition, server);
    };
    const auto weakest = std::ranges::min(definition.relayhosts | std::views::transform(policy_of));
    auto there = begin(definition, config::relayhosts_text(definition.relayhosts), weakest);
    std::optional<verdict> why_not;
    bool begins = true;  // the servers of one preference
    for (const auto& server : definition.relayhosts) {
        begins = begins || !server.shares;
        auto addresses = co_await resolver_.addresses(server.host);
        // A smarthost that does not resolve is our trouble, not the recipient's: never a bounce.
        if (!addresses) {
            if (!why_not) why_not = judge_relayhost_name(server.host, addresses.error());
            continue;
        }
        there.targets.push_back({
            .name = server.host,
            .port = server.port,
            .addresses = std::move(*addresses),
            .shares = !begins,
            .tls = policy_of(server),
            .implicit_tls = server.scheme == config::relayhost_scheme::smtps,
        });
        begins = false;
    }
    if (there.targets.empty()) co_return std::move(*why_not);
    there.relayhost = there.any_domain = there.any_worker = true;
    co_return reachable(std::move(there));
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

    const auto tls = mx_policy(definition, *config, domain);
    auto route = begin(definition, site_of(hosts), tls);
    std::optional<std::uint16_t> preference;
    for (const auto& host : hosts) {
        auto& addresses = known[host.name];
        if (addresses.empty()) continue;
        const bool equal = std::exchange(preference, host.preference) == host.preference;
        route.targets.push_back({host.name, config->remote_port, std::move(addresses), equal, tls});
    }
    if (!route.targets.empty()) co_return reachable(std::move(route));
    // No host has an address. That is final only if it was proven of each (C055, decision 22).
    co_return judge_name(domain, temporary ? temporary : make_error_code(dns::errc::no_data));
}

}  // namespace kurir::outbound
