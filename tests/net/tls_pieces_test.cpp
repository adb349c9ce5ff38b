#include <array>

#include "tests/net/still_time.hpp"
#include "tests/net/tls_world.hpp"

// TLS whose bytes pass through our hands: they come in pieces, late, or changed.

using namespace std::chrono_literals;
using kurir::net::errc;
using kurir::net::tls_role;
using tests::soon;
using tests::still_time;
using tests::tcp;
namespace asio = boost::asio;
namespace net = kurir::net;

namespace {

// The peer speaks to ours over two sockets of this relay, byte by byte during the handshake.
struct relayed : still_time, tests::tls_world {
    explicit relayed(tls_role role)
        : far(context), tls(role == tls_role::client ? server(ca.issue()) : client()) {
        tcp::acceptor acceptor(context, {asio::ip::address_v4::loopback(), 0});
        far.connect(acceptor.local_endpoint());
        secure_peer.emplace(acceptor.accept(), tls);
        const auto settings = role == tls_role::client ? as_client() : as_server();
        start([this, role, settings]() -> asio::awaitable<void> {
            const auto context = tests::made(settings);
            const auto agreed = co_await ours->start_tls(*context, role, "mx.mail.example", soon());
            REQUIRE(agreed.has_value());
        });
        start([this, role]() -> asio::awaitable<void> {
            const auto as =
                role == tls_role::client ? tests::tls_socket::server : tests::tls_socket::client;
            co_await secure_peer->async_handshake(as, asio::use_awaitable);
        });
        while (running > 0) {
            settle();
            pass(peers_output());
            std::string answer(peer.available(), ' ');
            asio::read(peer, asio::buffer(answer));
            asio::write(far, asio::buffer(answer));
        }
        pass(peers_output());  // session tickets
    }

    // All that the peer's TLS has written and was not yet taken.
    std::string peers_output() {
        std::string bytes(
            ::BIO_number_written(::SSL_get_wbio(secure_peer->native_handle())) - taken, ' '
        );
        taken += bytes.size();
        while (far.available() < bytes.size())
            settle();
        asio::read(far, asio::buffer(bytes));
        return bytes;
    }

    // One record of the peer, as it is on the wire.
    std::string record(std::string_view text) {
        start([this, text]() -> asio::awaitable<void> {
            std::ignore = co_await tests::sent(*secure_peer, text);
        });
        settle();
        return peers_output();
    }

    // Byte by byte.
    void pass(std::string_view bytes) {
        for (const char byte : bytes) {
            asio::write(peer, asio::buffer(&byte, 1));
            settle();
        }
    }

    // Starts a read of ours, for a minute.
    void begin_read() {
        read.reset();
        start([this]() -> asio::awaitable<void> {
            const auto got = co_await ours->read_some(room, net::clock::now() + 1min);
            read = got;
        });
        settle();
    }

    tcp::socket far;
    std::uint64_t taken = 0;
    asio::ssl::context tls;
    std::optional<tests::tls_socket> secure_peer;
    std::array<char, 64> room{};
    std::optional<net::result<std::size_t>> read;
};

}  // namespace

TEST_CASE("a handshake and a record may come byte by byte", "[net][tls]") {
    relayed world(GENERATE(tls_role::client, tls_role::server));
    const auto record = world.record("250 ok\r\n");
    world.begin_read();
    world.pass(record.substr(0, record.size() - 1));
    CHECK_FALSE(world.read);
    CHECK_FALSE(world.ours->has_input());
    world.pass(record.substr(record.size() - 1));
    world.until([&] { return world.read.has_value(); });
    CHECK(world.read->value() == 8);
}

TEST_CASE("a read that ends in the middle of a record loses nothing", "[net][tls]") {
    relayed world(GENERATE(tls_role::client, tls_role::server));
    const auto record = world.record("250 ok\r\n");
    const std::size_t half = GENERATE(1U, 5U, 6U, 20U);
    world.begin_read();
    world.pass(record.substr(0, half));
    world.time.advance(1min);
    world.settle();
    world.until([&] { return world.read.has_value(); });
    CHECK(world.read->error() == errc::timed_out);

    world.begin_read();
    world.pass(record.substr(half));
    world.until([&] { return world.read.has_value(); });
    CHECK(world.read->value() == 8);
    CHECK(std::string(world.room.data(), 8) == "250 ok\r\n");
}

TEST_CASE("a connection that is cut in the middle of a record is truncated", "[net][tls]") {
    relayed world(GENERATE(tls_role::client, tls_role::server));
    const auto record = world.record("250 ok\r\n");
    world.begin_read();
    world.pass(record.substr(0, 20));
    world.peer.close();
    world.settle();
    world.until([&] { return world.read.has_value(); });
    CHECK(world.read->error() == errc::truncated);
}

TEST_CASE("a record that was changed is an error, and nothing passes after it", "[net][tls]") {
    relayed world(GENERATE(tls_role::client, tls_role::server));
    auto record = world.record("250 ok\r\n");
    const std::size_t at = GENERATE(0U, 1U, 7U, 20U);
    record[at] = static_cast<char>(record[at] ^ 1);
    const auto next = world.record("250 ok\r\n");
    world.begin_read();
    world.pass(record + next);
    world.until([&] { return world.read.has_value(); });
    CHECK(world.read->has_error());
    world.begin_read();
    world.until([&] { return world.read.has_value(); });
    CHECK(world.read->has_error());
    std::optional<net::result<void>> written;
    world.start([&]() -> asio::awaitable<void> {
        const auto sent = co_await world.ours->write("QUIT\r\n", soon());
        written = sent;
    });
    world.settle();
    world.until([&] { return written.has_value(); });
    CHECK(written->has_error());
}
