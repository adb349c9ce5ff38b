#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <array>
#include <optional>
#include <span>

#include "tests/net/tls_session_world.hpp"

using namespace std::chrono_literals;
using kurir::net::errc;
using kurir::net::tls_role;
using tests::secured;
using tests::soon;
namespace asio = boost::asio;
namespace net = kurir::net;

namespace {

asio::awaitable<net::result<std::size_t>> read_byte(net::stream& source) {
    char byte = 0;
    co_return co_await source.read_some({&byte, 1}, soon());
}

std::string some_text(std::size_t size) {
    std::string text(size, ' ');
    for (std::size_t i = 0; i < size; ++i)
        text[i] = static_cast<char>('a' + i * i % 26);
    return text;
}

}  // namespace

TEST_CASE("much passes under TLS in both directions at once", "[net][tls]") {
    secured world(GENERATE(tls_role::client, tls_role::server));
    const auto much = some_text(8UL << 20);
    bool written = false;
    std::string heard;
    std::string peer_heard;
    world.start([&]() -> asio::awaitable<void> {
        const auto sent = co_await world.ours->write(much, soon());
        written = sent.has_value();
    });
    world.start([&]() -> asio::awaitable<void> {
        heard = co_await tests::received(*world.ours, much.size());
    });
    world.start([&]() -> asio::awaitable<void> {
        std::ignore = co_await tests::sent(*world.secure_peer, much);
    });
    world.start([&]() -> asio::awaitable<void> {
        peer_heard = co_await tests::received(*world.secure_peer, much.size());
    });
    world.run();
    CHECK(written);
    CHECK(heard == much);
    CHECK(peer_heard == much);
}

// The rooms are smaller and larger than records and than what the socket holds at once; some reads
// come after a look at what waits, which takes bytes from the socket, too.
TEST_CASE(
    "bytes keep their order under TLS, whatever the sizes of records and reads", "[net][tls]"
) {
    secured world(GENERATE(tls_role::client, tls_role::server));
    const auto much = some_text(1UL << 20);
    world.start([&]() -> asio::awaitable<void> {
        constexpr std::array<std::size_t, 5> records{1, 16384, 100, 5000, 70};
        std::string_view rest = much;
        for (std::size_t turn = 0; !rest.empty(); ++turn) {
            const auto size = std::min(rest.size(), records.at(turn % records.size()));
            const auto failed = co_await tests::sent(*world.secure_peer, rest.substr(0, size));
            REQUIRE_FALSE(failed);
            rest.remove_prefix(size);
        }
    });
    std::string heard;
    world.start([&]() -> asio::awaitable<void> {
        constexpr std::array<std::size_t, 7> rooms{1, 4096, 30, 65536, 16661, 16384, 9000};
        std::string room(65536, ' ');
        for (std::size_t turn = 0; heard.size() < much.size(); ++turn) {
            const auto next = turn % 3 == 0 ? world.ours->next_byte() : std::nullopt;
            const std::span<char> into(room.data(), rooms.at(turn % rooms.size()));
            const auto got = co_await world.ours->read_some(into, soon());
            REQUIRE(got);
            if (next) CHECK(*next == room.front());
            heard.append(room, 0, *got);
        }
    });
    world.run();
    CHECK(heard == much);
}

TEST_CASE("a reset under TLS is told as what it is, by every further read", "[net][tls]") {
    secured world(GENERATE(tls_role::client, tls_role::server));
    world.secure_peer->next_layer().set_option(asio::socket_base::linger(true, 0));
    world.secure_peer->next_layer().close();
    world.start([&]() -> asio::awaitable<void> {
        for (int turn = 0; turn < 2; ++turn) {
            const auto got = co_await read_byte(*world.ours);
            CHECK(got.error() == asio::error::connection_reset);
        }
    });
    world.run();
}

TEST_CASE("keys may change while bytes pass", "[net][tls]") {
    secured world(GENERATE(tls_role::client, tls_role::server));
    const auto text = some_text(200000);
    world.start([&]() -> asio::awaitable<void> {
        for (int round = 0; round < 5; ++round) {
            ::SSL_key_update(world.secure_peer->native_handle(), SSL_KEY_UPDATE_REQUESTED);
            std::ignore = co_await tests::sent(*world.secure_peer, text);
            const auto echo = co_await tests::received(*world.secure_peer, text.size());
            CHECK(echo == text);
        }
    });
    world.start([&]() -> asio::awaitable<void> {
        for (int round = 0; round < 5; ++round) {
            const auto heard = co_await tests::received(*world.ours, text.size());
            const auto sent = co_await world.ours->write(heard, soon());
            CHECK(sent.has_value());
        }
    });
    world.run();
}

TEST_CASE("a peer can't renegotiate", "[net][tls]") {
    secured world(tls_role::server, TLS1_2_VERSION);
    boost::system::error_code refused;
    world.start([&]() -> asio::awaitable<void> {
        REQUIRE(::SSL_renegotiate(world.secure_peer->native_handle()) == 1);
        refused = co_await tests::sent(*world.secure_peer, "ping");
        if (!refused) {
            std::string answer(1, ' ');
            const auto [ec, size] =
                co_await asio::async_read(*world.secure_peer, asio::buffer(answer), net::as_result);
            refused = ec;
        }
        world.secure_peer->next_layer().close();
    });
    world.start([&]() -> asio::awaitable<void> {
        std::ignore = co_await tests::received(*world.ours, 100);  // until the peer closes
    });
    world.run();
    CHECK(ERR_GET_REASON(static_cast<unsigned>(refused.value())) == SSL_R_NO_RENEGOTIATION);
}

TEST_CASE("the end of TLS is told from a connection that was cut", "[net][tls]") {
    secured world(GENERATE(tls_role::client, tls_role::server));
    const bool properly = GENERATE(true, false);
    world.start([&]() -> asio::awaitable<void> {
        std::ignore = co_await tests::sent(*world.secure_peer, "bye");
        if (properly) co_return world.peer_shuts_down();
        world.secure_peer->next_layer().shutdown(asio::ip::tcp::socket::shutdown_send);
    });
    world.start([&]() -> asio::awaitable<void> {
        const auto heard = co_await tests::received(*world.ours, 3);
        CHECK(heard == "bye");
        const auto got = co_await read_byte(*world.ours);
        CHECK(got.error() == (properly ? errc::end_of_stream : errc::truncated));
        CHECK(world.ours->waiting() == net::stream::input::end);
        CHECK_FALSE(world.ours->has_input());
        world.ours->close();
    });
    world.run();
}

TEST_CASE("a peer that has ended its direction can still be written to", "[net][tls]") {
    secured world(GENERATE(tls_role::client, tls_role::server));
    world.peer_shuts_down();
    bool written = false;
    world.start([&]() -> asio::awaitable<void> {
        const auto got = co_await read_byte(*world.ours);
        CHECK(got.error() == errc::end_of_stream);
        const auto sent = co_await world.ours->write("more", soon());
        written = sent.has_value();
        world.ours->close();
    });
    world.run();
    CHECK(written);
}

TEST_CASE("our direction can end while the peer goes on", "[net][tls]") {
    secured world(GENERATE(tls_role::client, tls_role::server));
    std::string heard;
    world.start([&]() -> asio::awaitable<void> {
        co_await world.ours->end_output(soon());
        heard = co_await tests::received(*world.ours, 4);
    });
    world.start([&]() -> asio::awaitable<void> {
        char byte = 0;
        const auto [ec, size] =
            co_await world.secure_peer->async_read_some(asio::buffer(&byte, 1), net::as_result);
        CHECK(ec == asio::error::eof);
        std::ignore = co_await tests::sent(*world.secure_peer, "more");
    });
    world.run();
    CHECK(heard == "more");
}

TEST_CASE("linger and close end TLS properly", "[net][tls]") {
    secured world(GENERATE(tls_role::client, tls_role::server));
    const bool lingers = GENERATE(true, false);
    world.start([&]() -> asio::awaitable<void> {
        const auto sent = co_await world.ours->write("221 bye\r\n", soon());
        CHECK(sent.has_value());
        if (lingers) co_await world.ours->linger(soon());
        world.ours->close();
    });
    boost::system::error_code end;
    world.start([&]() -> asio::awaitable<void> {
        if (lingers) std::ignore = co_await tests::sent(*world.secure_peer, "NOOP\r\n");
        std::string heard(100, ' ');
        const auto [ec, size] =
            co_await asio::async_read(*world.secure_peer, asio::buffer(heard), net::as_result);
        end = ec;
        CHECK(heard.substr(0, size) == "221 bye\r\n");
        world.secure_peer->next_layer().close();
    });
    world.run();
    CHECK(end == asio::error::eof);  // not `stream_truncated`
}

TEST_CASE("what is waiting are the peer's bytes, not those of TLS", "[net][tls]") {
    // As a client we have two session tickets waiting on the socket.
    secured world(tls_role::client);
    world.until([&] { return world.socket_input() > 0; });
    CHECK_FALSE(world.ours->has_input());
    CHECK(world.ours->waiting() == net::stream::input::none);
    CHECK_FALSE(world.ours->next_byte());

    world.start([&]() -> asio::awaitable<void> {
        std::ignore = co_await tests::sent(*world.secure_peer, "0123456789");
        const auto heard = co_await tests::received(*world.ours, 4);
        CHECK(heard == "0123");
    });
    world.run();
    CHECK(world.socket_input() == 0);  // but decrypted ones wait
    CHECK(world.ours->has_input());
    CHECK(world.ours->waiting() == net::stream::input::bytes);
    CHECK(world.ours->next_byte() == '4');

    world.start([&]() -> asio::awaitable<void> {
        const auto heard = co_await tests::received(*world.ours, 6);
        CHECK(heard == "456789");
    });
    world.run();
    CHECK_FALSE(world.ours->has_input());
}

TEST_CASE("all is acknowledged under TLS once the peer's system has it", "[net][tls]") {
    secured world(GENERATE(tls_role::client, tls_role::server));
    world.start([&]() -> asio::awaitable<void> {
        const auto sent = co_await world.ours->write("ping", soon());
        CHECK(sent.has_value());
    });
    world.start([&]() -> asio::awaitable<void> {
        const auto heard = co_await tests::received(*world.secure_peer, 4);
        CHECK(heard == "ping");
    });
    world.run();
    const auto limit = std::chrono::steady_clock::now() + 1min;
    while (!world.ours->all_acknowledged() && std::chrono::steady_clock::now() < limit)
        ;
    CHECK(world.ours->all_acknowledged());
}
