#include "relay/app/own_addresses.hpp"

#include <boost/asio/ip/udp.hpp>

#include <algorithm>
#include <optional>

#include "relay/base/numeric_address.hpp"
#include "relay/inbound/neighbours.hpp"

namespace kurir::app {

namespace asio = boost::asio;
using doctor::sender_address;

namespace {

void add(std::vector<sender_address>& all, const asio::ip::address& address, std::string hello) {
    const bool known =
        std::ranges::any_of(all, [&](const auto& each) { return each.address == address; });
    if (!known) all.push_back({.address = address, .hello = std::move(hello)});
}

void add_sources(
    std::vector<sender_address>& all,
    const config::config& config,
    const config::source_addresses& sources
) {
    for (const auto& each : sources)
        add(all, each.address, each.name.empty() ? config.hostname : each.name);
}

// The local address of a way to `remote`: connecting a datagram socket asks the routing table
// alone.
std::optional<asio::ip::address> local_towards(
    const asio::any_io_executor& executor, const char* remote
) {
    const auto address = *base::numeric_address(remote);
    asio::ip::udp::socket socket(executor);
    boost::system::error_code error;
    socket.open(address.is_v4() ? asio::ip::udp::v4() : asio::ip::udp::v6(), error);
    if (!error) socket.connect({address, 9}, error);
    if (error) return std::nullopt;
    const auto local = socket.local_endpoint(error).address();
    if (error) return std::nullopt;
    return local;
}

std::vector<asio::ip::address> chosen_by_system(
    const config::config& config, const asio::any_io_executor& executor
) {
    std::vector<asio::ip::address> all;
    // Addresses of root name servers, which stay.
    const auto v4 = local_towards(executor, "198.41.0.4");
    const auto v6 = local_towards(executor, "2001:503:ba3e::2:30");
    if (v4 && config.family != config::ip_family::ipv6) all.push_back(*v4);
    if (v6 && config.family != config::ip_family::ipv4) all.push_back(*v6);
    return all;
}

std::string list_of(const std::vector<asio::ip::address>& addresses) {
    return addresses.empty() ? "none" : outbound::list_of(addresses);
}

}  // namespace

asio::awaitable<std::vector<sender_address>> find_own_addresses(
    server_tools& tools, const std::vector<std::string>& given, finding_sink tell
) {
    const auto config = tools.config().get();
    std::vector<sender_address> all;
    for (const auto& each : given)
        add(all, *base::numeric_address(each), config->hostname);
    if (!all.empty()) co_return all;
    add_sources(all, *config, config->sources);
    for (const auto& rule : config->routes.all()) {
        if (rule.target.action == config::route_target::kind::mx)
            add_sources(all, *config, config::with_names(rule.target.sources, config->sources));
    }
    if (!all.empty()) co_return all;
    const auto local = chosen_by_system(*config, tools.executor());
    for (const auto& each : local) {
        if (!inbound::is_neighbour(each)) add(all, each, config->hostname);
    }
    if (!all.empty()) co_return all;
    doctor::finding said{.check = "address", .subject = list_of(local), .found = ""};
    const auto named = co_await tools.resolver().addresses(config->hostname);
    for (const auto& each : named ? *named : std::vector<asio::ip::address>()) {
        if (!inbound::is_neighbour(each)) add(all, each, config->hostname);
    }
    if (all.empty()) {
        said.grade = doctor::grade::skipped;
        said.found =
            "the Internet sees another address of this machine, which is not known here: "
            "PTR and SPF are not looked at";
        said.advice = "kurir doctor --address ADDRESS, with the address that mail comes from";
    } else {
        said.found = "the Internet sees another address of this machine; taken for it: " +
                     all.front().address.to_string() + ", of " + config->hostname;
    }
    tell(said);
    co_return all;
}

}  // namespace kurir::app
