// What identifies a TLS connection: the same at both ends, and another for each connection.
#include "relay/net/channel_ids.hpp"

#include <openssl/ssl.h>

#include "tests/net/tls_world.hpp"

using namespace tests;

namespace {

struct both_ends {
    net::channel_ids client;
    net::channel_ids server;
};

// Of a new connection between two streams of ours, and of this version at most.
both_ends ids_of_connection(tls_world& world, const net::tls_settings& as_server, int highest) {
    both_ends ids;
    const auto server_context = made(as_server);
    const auto client_context = made(world.as_client());
    ::SSL_CTX_set_max_proto_version(client_context->native(), highest);
    net::stream other(std::move(world.peer));
    world.start([&]() -> asio::awaitable<void> {
        const auto agreed =
            co_await other.start_tls(*server_context, net::tls_role::server, "", soon());
        CHECK(agreed.has_value());
        ids.server = other.channel();
    });
    world.start([&]() -> asio::awaitable<void> {
        const auto agreed = co_await world.ours->start_tls(
            *client_context, net::tls_role::client, "mx.mail.example", soon()
        );
        CHECK(agreed.has_value());
        ids.client = world.ours->channel();
    });
    world.run();
    return ids;
}

}  // namespace

TEST_CASE("both ends of a connection have the same identifiers", "[net][tls]") {
    const int highest = GENERATE(TLS1_2_VERSION, TLS1_3_VERSION);
    tls_world world;
    const auto settings = world.as_server();
    const auto ids = ids_of_connection(world, settings, highest);
    CHECK(ids.client.exporter == ids.server.exporter);
    CHECK(ids.client.exporter.size() == (highest == TLS1_3_VERSION ? 32 : 0));
    CHECK(ids.client.server_end_point == ids.server.server_end_point);
    CHECK(ids.client.server_end_point.size() >= 32);
}

TEST_CASE("the exporter differs from connection to connection", "[net][tls]") {
    tls_world first;
    const auto settings = first.as_server();
    const auto before = ids_of_connection(first, settings, TLS1_3_VERSION);
    tls_world again;
    const auto other = ids_of_connection(again, again.as_server(), TLS1_3_VERSION);
    CHECK(before.client.exporter != other.client.exporter);
    CHECK(before.client.server_end_point != other.client.server_end_point);
}

TEST_CASE("a connection in clear has no identifiers", "[net][tls]") {
    tls_world world;
    CHECK(world.ours->channel().exporter.empty());
    CHECK(world.ours->channel().server_end_point.empty());
}
