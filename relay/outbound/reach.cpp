#include "relay/outbound/reach.hpp"

#include <algorithm>
#include <array>

#include "relay/config/embedded_address.hpp"
#include "relay/log/log.hpp"
#include "relay/net/interfaces.hpp"
#include "relay/net/stream.hpp"
#include "relay/outbound/ourselves.hpp"

namespace kurir::outbound {

namespace {

verdict loop(const route& route, const std::string& site) {
    return route.relayhost ? relayhost_is_ourselves(site) : mail_loop(site);
}

// Also by an IPv4 address that it embeds.
bool leads_here(const boost::asio::ip::address& address) {
    const auto interfaces = net::interface_addresses();
    return is_this_machine(address, interfaces) ||
           std::ranges::any_of(config::embedded_addresses(address), [&](const auto& inner) {
               return is_this_machine(inner, interfaces);
           });
}

}  // namespace

std::optional<verdict> unreachable_by_rule(
    const config::config& config, const route& route, const host_address& host
) {
    if (route.relayhost) return std::nullopt;
    const auto address = net::unmapped(host.endpoint.address());
    if (!config.prohibited_networks.contains_any_of(address)) return std::nullopt;
    if (leads_here(address)) return address_of_this_machine(host.name, address.to_string());
    log::event(log::level::warning, "prohibited_address")
        .with("mx_host", host.name)
        .with("mx_ip", address.to_string())
        .with("setting", "KURIR_PROHIBITED_NETWORKS")
        .with("destination", route.key.name())
        .with("advice", "remove the network from the setting if mail shall go there");
    return prohibited_address(host.name, address.to_string());
}

std::optional<verdict> ourselves_at(
    std::span<const boost::asio::ip::tcp::endpoint> own_listeners,
    const route& route,
    const smtp_client& client
) {
    const std::array machine{client.local().address()};
    if (!is_ourselves(client.remote(), own_listeners, machine)) return std::nullopt;
    return loop(route, route.key.name());
}

std::optional<verdict> greeted_by_ourselves(
    const config::config& config, const route& route, const smtp_client& client
) {
    const auto& name = config.hostname;
    const bool qualified = name.find('.') != std::string::npos;
    if (route.relayhost || !qualified || client.greeting_name() != name) return std::nullopt;
    return loop(route, route.key.name());
}

std::string hello_name(
    const config::config& config, const route& route, const boost::asio::ip::address& local
) {
    if (const auto& name = local.is_v6() ? route.name_v6 : route.name_v4; !name.empty())
        return name;
    if (config.hostname.find('.') != std::string::npos) return config.hostname;
    return (local.is_v6() ? "[IPv6:" : "[") + local.to_string() + ']';
}

client_timeouts timeouts_of(const config::config& config) {
    return {
        .greeting = config.remote_greeting_timeout,
        .command = config.remote_command_timeout,
        .data = config.remote_data_timeout,
        .block = config.remote_block_timeout,
        .final_reply = config.remote_final_timeout,
        .quit = config.remote_quit_timeout,
    };
}

}  // namespace kurir::outbound
