#include "relay/outbound/reach.hpp"

#include "relay/net/connect.hpp"
#include "tests/outbound/delivery_world.hpp"

using namespace kurir;
using namespace kurir::outbound;
using namespace tests;

namespace {

host_address host_at(const std::string& address) {
    return {.name = "mx.test", .endpoint = {asio::ip::make_address(address), 25}};
}

config::config forbidding(const std::string& networks) {
    auto made = delivery_settings();
    REQUIRE_FALSE(config::network_set::parse(networks, made.prohibited_networks));
    return made;
}

// Connects to `server`, and asks `question` of the client when the server has greeted.
template <class Question>
std::optional<verdict> ask(delivery_world& world, scripted_server& server, Question question) {
    std::optional<verdict> answer;
    world.run([&]() -> asio::awaitable<void> {
        const tcp::endpoint endpoint(asio::ip::address_v4::loopback(), server.port());
        auto socket = co_await net::connect(endpoint, net::clock::now() + 1min);
        REQUIRE(socket.has_value());
        smtp_client client(
            std::move(*socket), "mx.test", timeouts_of(*world.config.get()), world.metrics.outbound
        );
        auto trouble = co_await client.open({.name = "relay.test"});
        REQUIRE_FALSE(trouble);
        answer = question(client);
        co_await client.quit();
    });
    return answer;
}

}  // namespace

TEST_CASE("an address in a prohibited network is not reached, but by a relayhost", "[reach]") {
    const auto config = forbidding("192.0.2.0/24");
    auto route = *route_to({25});
    route.relayhost = false;
    for (const std::string address : {"192.0.2.1", "::ffff:192.0.2.1", "64:ff9b::192.0.2.1"}) {
        CAPTURE(address);
        const auto answer = unreachable_by_rule(config, route, host_at(address));
        REQUIRE(answer);
        // Only our own setting forbids it.
        CHECK(answer->outcome == outcome::deferred);
        CHECK_FALSE(unreachable_by_rule(config, *route_to({25}), host_at(address)));
    }
    CHECK_FALSE(unreachable_by_rule(config, route, host_at("198.51.100.1")));
}

TEST_CASE("that this machine is no mail server for others is proven", "[reach]") {
    const auto config = forbidding("127.0.0.0/8");
    auto route = *route_to({25});
    route.relayhost = false;
    const auto answer = unreachable_by_rule(config, route, host_at("127.0.0.1"));
    REQUIRE(answer);
    CHECK(answer->outcome == outcome::failed);
}

TEST_CASE("a connection to one of our own listeners is found out", "[reach]") {
    delivery_world world;
    auto& server = world.serve();
    const bool ours = GENERATE(true, false);
    const bool relayhost = GENERATE(true, false);
    const auto port = static_cast<std::uint16_t>(ours ? server.port() : server.port() ^ 1U);
    const std::vector<tcp::endpoint> listeners{{asio::ip::address_v4::any(), port}};
    auto route = *route_to({server.port()});
    route.relayhost = relayhost;
    const auto answer = ask(world, server, [&](const smtp_client& client) {
        return ourselves_at(listeners, route, client);
    });
    REQUIRE(answer.has_value() == ours);
    // A loop by DNS is proven; that the relayhost is ourselves can be mended here.
    if (ours) CHECK(answer->outcome == (relayhost ? outcome::deferred : outcome::failed));
}

TEST_CASE("a server that greets with our own name is ourselves", "[reach]") {
    delivery_world world;
    const auto name = GENERATE(as<std::string>(), "relay.test", "other.test");
    auto& server = world.serve([&](std::size_t, const std::string& line) {
        return line.empty() ? std::optional("220 " + name + " ESMTP\r\n") : std::nullopt;
    });
    auto route = *route_to({server.port()});
    route.relayhost = false;
    const auto answer = ask(world, server, [&](const smtp_client& client) {
        return greeted_by_ourselves(*world.config.get(), route, client);
    });
    CHECK(answer.has_value() == (name == "relay.test"));
}

TEST_CASE("EHLO has our name if it is qualified, else our address", "[reach]") {
    auto settings = delivery_settings();
    const auto v4 = asio::ip::make_address("192.0.2.7");
    const auto v6 = asio::ip::make_address("2001:db8::7");
    route hosts;
    CHECK(hello_name(settings, hosts, v4) == "relay.test");
    settings.hostname = "localhost";
    CHECK(hello_name(settings, hosts, v4) == "[192.0.2.7]");
    CHECK(hello_name(settings, hosts, v6) == "[IPv6:2001:db8::7]");
    hosts.name_v6 = "mail6.relay.test";
    CHECK(hello_name(settings, hosts, v4) == "[192.0.2.7]");
    CHECK(hello_name(settings, hosts, v6) == "mail6.relay.test");
}
