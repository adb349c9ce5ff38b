#include "relay/app/doctor_servers.hpp"

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <tuple>
#include <utility>
#include <variant>

#include "relay/app/relayhost_check.hpp"
#include "relay/net/connect.hpp"
#include "relay/outbound/hosts.hpp"
#include "relay/outbound/printable.hpp"
#include "relay/outbound/reach.hpp"
#include "relay/outbound/router.hpp"
#include "relay/outbound/server_connection.hpp"

namespace kurir::app {

namespace asio = boost::asio;
using doctor::finding;
using doctor::grade;
using net::clock;

namespace {

constexpr auto patience = std::chrono::seconds(10);
constexpr int addresses_max = 6;  // of one domain

// What a connection came to: the end of a sentence, and whether the server greeted.
struct greeting {
    bool heard = false;
    std::string said;
};

asio::awaitable<greeting> greeting_of(
    const outbound::route& route, const outbound::host_address& host
) {
    std::optional<asio::ip::tcp::endpoint> local;
    const auto& source = route.key.source.towards(host.endpoint.address());
    if (source) local.emplace(*source, 0);
    auto socket = co_await net::connect(host.endpoint, clock::now() + patience, local);
    const auto place = host.name + " [" + host.endpoint.address().to_string() +
                       "]:" + std::to_string(host.endpoint.port());
    if (!socket) co_return greeting{false, place + ": " + socket.error().message()};
    outbound::server_connection connection(std::move(*socket));
    connection.finish_by(clock::now() + patience);
    const auto reply = co_await connection.read_greeting(patience);
    if (!reply) co_return greeting{false, place + ": no greeting: " + reply.error().message()};
    const auto sent = co_await connection.write("QUIT\r\n", std::chrono::seconds(1));
    if (sent) std::ignore = co_await connection.read_reply(std::chrono::seconds(1));
    connection.close();
    const auto text = outbound::printable(std::to_string(reply->code) + ' ' + reply->joined());
    co_return greeting{true, place + " says: " + text};
}

asio::awaitable<finding> look_at_exchange(server_tools& tools, std::string domain) {
    finding made{.check = "port", .subject = domain, .found = ""};
    const auto config = tools.config().get();
    const auto routes = outbound::routes_of(*config);
    const auto choice = routes.choose({.domain = domain});
    const auto& definition = routes.find(choice.route);
    if (!definition.relayhosts.empty() || definition.end) {
        made.grade = grade::skipped;
        made.found = "its MX hosts are not tried: by the configuration no mail goes there";
        co_return made;
    }
    outbound::router router(tools.config(), routes, tools.resolver(), {});
    const auto found = co_await router.find(choice);
    if (const auto* no = std::get_if<outbound::verdict>(&found)) {
        made.grade = grade::warning;
        made.found = "has no server to try: " + no->diagnostic;
        made.advice = "name another domain that takes mail";
        co_return made;
    }
    const auto route = std::make_shared<const outbound::route>(std::get<outbound::route>(found));
    outbound::host_cursor hosts(route);
    made.grade = grade::wrong;
    for (int count = 0; count < addresses_max; ++count) {
        const auto host = hosts.next();
        if (!host) break;
        if (const auto no = outbound::unreachable_by_rule(*config, *route, *host)) {
            made.found = no->diagnostic;
            continue;
        }
        auto said = co_await greeting_of(*route, *host);
        made.found = std::move(said.said);
        if (!said.heard) continue;
        made.grade = grade::ok;
        co_return made;
    }
    made.advice = "many providers close port " + std::to_string(config->remote_port) +
                  " for their customers, and firewalls do: ask to open it, or send through a "
                  "relayhost (KURIR_RELAYHOST, port 587)";
    co_return made;
}

}  // namespace

asio::awaitable<void> look_at_port(
    server_tools& tools, std::vector<std::string> domains, finding_sink tell
) {
    if (domains.empty()) {
        tell({
            .check = "port",
            .subject = std::to_string(tools.config().get()->remote_port),
            .grade = grade::skipped,
            .found = "whether MX hosts can be reached was not tried",
            .advice = "kurir doctor DOMAIN connects to those of DOMAIN",
        });
    }
    for (const auto& each : domains)
        tell(co_await look_at_exchange(tools, each));
}

asio::awaitable<void> look_at_relayhosts(server_tools& tools, finding_sink tell) {
    const auto config = tools.config().get();
    for (const auto& each : servers_to_check(*config, "")) {
        auto server = each.probed.server;
        server.shares = false;
        const auto report = co_await probe_relayhost(tools.for_trials(), each.probed);
        finding made{
            .check = "relayhost",
            .subject = each.relayhost + ", " + config::relayhosts_text({server}),
            .found = each.probed.definition.credential.empty() ? "can be used, without a login"
                                                               : "can be used, and logs us in",
        };
        if (!report.trouble.empty()) {
            made.grade = grade::wrong;
            made.found = report.trouble;
            made.advice = report.advice.empty() ? "kurir relayhost check shows how far it came"
                                                : report.advice;
        }
        tell(made);
    }
}

}  // namespace kurir::app
