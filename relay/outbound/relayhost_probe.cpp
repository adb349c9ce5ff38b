#include "relay/outbound/relayhost_probe.hpp"

#include <utility>

#include "relay/net/clock.hpp"
#include "relay/outbound/router.hpp"
#include "relay/outbound/source_choice.hpp"
#include "relay/outbound/verdict.hpp"

namespace kurir::outbound {

namespace {

route route_of(const route_definition& definition) {
    route route;
    route.key.site = config::relayhosts_text(definition.relayhosts);
    route.key.credential = definition.credential;
    route.relayhost = true;
    choose_sources(definition.sources, route);
    return route;
}

}  // namespace

boost::asio::awaitable<trial_report> probe_relayhost(trial_tools tools, probed_server server) {
    const auto began = net::clock::now();
    auto addresses = co_await tools.resolver.addresses(server.server.host);
    if (!addresses) {
        auto why = judge_relayhost_name(server.server.host, addresses.error());
        trial_report report{.steps = {}, .trouble = why.diagnostic};
        report.end = std::move(why);
        co_return report;
    }
    const auto took = std::chrono::round<std::chrono::milliseconds>(net::clock::now() - began);
    trial_step found{.name = "found", .took = took, .detail = list_of(*addresses)};
    target host{
        .name = server.server.host,
        .port = server.server.port,
        .addresses = std::move(*addresses),
        .tls = relayhost_policy(server.definition, server.server),
        .implicit_tls = server.server.scheme == config::relayhost_scheme::smtps,
    };
    session_trial trial(tools, route_of(server.definition));
    auto report = co_await trial.run(std::move(host));
    report.steps.insert(report.steps.begin(), std::move(found));
    co_return report;
}

}  // namespace kurir::outbound
