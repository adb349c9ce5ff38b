#include <openssl/ssl.h>

#include <array>

#include "relay/net/task_group.hpp"
#include "tests/net/tls_world.hpp"

// Peers that do not, or do not only, speak TLS when it is their turn.

using namespace std::chrono_literals;
using kurir::net::errc;
using kurir::net::tls_role;
using tests::tls_world;
namespace asio = boost::asio;
namespace net = kurir::net;

namespace {

using outcome = std::optional<net::result<net::tls_session>>;

asio::awaitable<void> start_tls(
    tls_world& world, tls_role role, net::clock::duration limit, outcome& agreed
) {
    const auto context =
        tests::made(role == tls_role::client ? world.as_client() : world.as_server());
    const auto deadline = net::clock::now() + limit;
    agreed = co_await world.ours->start_tls(*context, role, "mx.mail.example", deadline);
}

// The first bytes of a handshake, as a peer in the other role would send them.
std::string client_hello() {
    tls_world world;
    std::string bytes(64, ' ');
    world.start([&]() -> asio::awaitable<void> {
        outcome ignored;
        co_await start_tls(world, tls_role::client, 1min, ignored);
    });
    world.start([&]() -> asio::awaitable<void> {
        bytes = co_await tests::received(world.peer, bytes.size());
        world.peer.close();
    });
    world.run();
    return bytes;
}

}  // namespace

TEST_CASE("a peer that speaks no TLS makes the handshake fail", "[net][tls]") {
    tls_world world;
    const auto role = GENERATE(tls_role::client, tls_role::server);
    const std::string garbage = GENERATE(
        std::string("220 mx.mail.example ESMTP\r\n"),
        std::string("MAIL FROM:<a@example.org>\r\n"),
        std::string("GET / HTTP/1.1\r\nHost: mx.mail.example\r\n\r\n"),
        std::string(1000, '\0'),
        std::string(20000, '\xff'),
        std::string("\x16\x03\x01\xff\xff", 5) + std::string(70000, 'x'),
        std::string("\x16\x03\x01\x00\x04\x01\xff\xff\xff", 9),
        std::string("\x15\x03\x03\x00\x02\x02\x28", 7)  // an alert: handshake failure
    );
    outcome agreed;
    world.start([&]() -> asio::awaitable<void> {
        co_await start_tls(world, role, 1min, agreed);
        // Nothing passes in clear.
        const auto sent = co_await world.ours->write("secret", tests::soon());
        CHECK(sent.has_error());
        std::array<char, 16> room{};
        const auto got = co_await world.ours->read_some(room, tests::soon());
        CHECK(got.has_error());
        CHECK_FALSE(world.ours->has_input());
        world.ours->close();
    });
    std::string heard;
    world.start([&]() -> asio::awaitable<void> {
        std::ignore = co_await asio::async_write(world.peer, asio::buffer(garbage), net::as_result);
        heard = co_await tests::received(world.peer, 100000);
    });
    world.run();
    REQUIRE(agreed);
    CHECK(agreed->has_error());
    CHECK_FALSE(world.ours->secure());
    CHECK(heard.find("secret") == std::string::npos);
}

TEST_CASE("a peer that stalls in the handshake is given up at the deadline", "[net][tls]") {
    const auto hello = client_hello();
    kurir::net::virtual_clock time;
    tls_world world;
    const auto role = GENERATE(tls_role::client, tls_role::server);
    const std::size_t said = GENERATE(0U, 1U, 5U, 6U, 40U);
    outcome agreed;
    world.start([&] { return start_tls(world, role, 5s, agreed); });
    if (role == tls_role::server) {
        asio::write(world.peer, asio::buffer(hello, said));
    } else if (said > 0) {
        asio::write(world.peer, asio::buffer("\x16", 1));
    }
    world.settle();
    time.advance(4s);
    world.settle();
    REQUIRE_FALSE(agreed);

    time.advance(1s);
    world.settle();

    REQUIRE(agreed);
    CHECK(agreed->error() == errc::timed_out);

    std::optional<net::result<void>> sent;
    world.start([&]() -> asio::awaitable<void> {
        const auto written = co_await world.ours->write("secret", tests::soon());
        sent = written;
    });
    world.settle();
    REQUIRE(sent);
    CHECK(sent->error() == errc::not_secured);
}

TEST_CASE("interrupt and a group that stops end a handshake", "[net][tls]") {
    tls_world world;
    kurir::net::task_group tasks(world.context.get_executor(), [](auto) {});
    outcome agreed;
    tasks.spawn(start_tls(world, tls_role::server, 1h, agreed));
    world.settle();
    REQUIRE_FALSE(agreed);

    SECTION("interrupt") {
        world.ours->interrupt();
        world.settle();
        CHECK(agreed->error() == errc::interrupted);
    }
    SECTION("stop") {
        tasks.stop();
        world.settle();
        CHECK(agreed->error() == asio::error::operation_aborted);
    }
}

TEST_CASE("a peer that closes in the handshake is an end of stream", "[net][tls]") {
    const auto hello = client_hello();
    tls_world world;
    const std::size_t said = GENERATE(0U, 5U, 40U);
    outcome agreed;
    world.start([&] { return start_tls(world, tls_role::server, 1min, agreed); });
    asio::write(world.peer, asio::buffer(hello, said));
    world.peer.close();
    world.run();
    CHECK(agreed->error() == errc::end_of_stream);
}

TEST_CASE("bytes behind STARTTLS can be seen, and never count as said under TLS", "[net][tls]") {
    tls_world world;
    const std::string command = "STARTTLS\r\n";
    const std::string behind = GENERATE("", "RSET\r\n", "R");
    asio::write(world.peer, asio::buffer(command + behind));
    auto peers = world.client();
    tests::tls_socket peer(std::move(world.peer), peers);
    outcome agreed;
    world.start([&]() -> asio::awaitable<void> {
        const auto line = co_await tests::received(*world.ours, command.size());
        CHECK(line == command);
        CHECK(world.ours->has_input() == !behind.empty());
        CHECK(world.ours->next_byte().has_value() == !behind.empty());
        world.start([&]() -> asio::awaitable<void> {
            std::ignore = co_await peer.async_handshake(peer.client, net::as_result);
            peer.next_layer().close();
        });
        co_await start_tls(world, tls_role::server, 1min, agreed);  // though it was seen
        world.ours->close();
    });
    world.run();
    CHECK(agreed->has_value() == behind.empty());
}
