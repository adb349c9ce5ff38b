#include <array>

#include "relay/net/task_group.hpp"
#include "tests/net/much.hpp"
#include "tests/net/still_time.hpp"
#include "tests/net/tls_session_world.hpp"

// Deadlines under TLS, with one direction or both at work, and bytes that come one at a time.

using namespace std::chrono_literals;
using kurir::net::clock;
using kurir::net::errc;
using kurir::net::task_group;
using kurir::net::tls_role;
using tests::much;
using tests::secured;
using tests::soon;
using tests::still_time;
namespace asio = boost::asio;
namespace net = kurir::net;

namespace {

// A read and a write of ours are pending.
struct secured_directions : still_time, secured {
    secured_directions(tls_role role, clock::duration read_limit, clock::duration write_limit)
        : secured(role) {
        settle();
        tasks.spawn(read_one(read_limit));
        tasks.spawn(write_much(write_limit));
        settle();
        REQUIRE_FALSE(read);
        REQUIRE_FALSE(written);
    }
    ~secured_directions() {
        ours->close();
        secure_peer->next_layer().close();
        settle();
    }
    secured_directions(const secured_directions&) = delete;
    secured_directions& operator=(const secured_directions&) = delete;

    asio::awaitable<void> read_one(clock::duration limit) {
        std::array<char, 64> room{};
        const auto got = co_await ours->read_some(room, clock::now() + limit);
        read = got;
    }

    asio::awaitable<void> write_much(clock::duration limit) {
        const auto sent = co_await ours->write(output, clock::now() + limit);
        written = sent;
    }

    void peer_says(std::string_view text) {
        start([this, text]() -> asio::awaitable<void> {
            std::ignore = co_await tests::sent(*secure_peer, text);
        });
        settle();
    }

    std::string peer_hears(std::size_t size) {
        std::string heard;
        start([&]() -> asio::awaitable<void> {
            heard = co_await tests::received(*secure_peer, size);
        });
        until([&] { return heard.size() == size; });
        return heard;
    }

    void advance(clock::duration step) {
        time.advance(step);
        settle();
    }

    const std::string output = std::string(much, 'x');
    task_group tasks{context.get_executor(), [](auto) {}};
    std::optional<net::result<std::size_t>> read;
    std::optional<net::result<void>> written;
};

}  // namespace

TEST_CASE("a read's deadline leaves the write under TLS alone", "[net][tls]") {
    secured_directions world(GENERATE(tls_role::client, tls_role::server), 1min, 1h);
    SECTION("deadline") {
        world.advance(1min);
        CHECK(world.read->error() == errc::timed_out);
    }
    SECTION("interrupt") {
        world.ours->interrupt();
        world.settle();
        CHECK(world.read->error() == errc::interrupted);
    }
    REQUIRE_FALSE(world.written);
    CHECK(world.peer_hears(much) == world.output);
    world.until([&] { return world.written.has_value(); });
    CHECK(world.written->has_value());
}

TEST_CASE("a write's deadline leaves the read under TLS alone", "[net][tls]") {
    secured_directions world(GENERATE(tls_role::client, tls_role::server), 1h, 1min);
    world.advance(1min);
    REQUIRE(world.written);
    CHECK(world.written->error() == errc::timed_out);
    REQUIRE_FALSE(world.read);
    world.peer_says("552 no\r\n");
    world.until([&] { return world.read.has_value(); });
    CHECK(world.read->value() == 8);
}

TEST_CASE("nothing follows a write that was cut off under TLS", "[net][tls]") {
    secured_directions world(GENERATE(tls_role::client, tls_role::server), 1h, 1min);
    world.advance(1min);
    CHECK_FALSE(world.ours->all_acknowledged());
    std::optional<net::result<void>> after;
    world.start([&]() -> asio::awaitable<void> {
        const auto sent = co_await world.ours->write("421 bye\r\n", soon());
        after = sent;
    });
    world.settle();
    REQUIRE(after);
    CHECK(after->error() == errc::cut_off);
}

TEST_CASE("a group that stops, and close, end both directions under TLS", "[net][tls]") {
    secured_directions world(GENERATE(tls_role::client, tls_role::server), 1h, 1h);
    SECTION("stop") {
        world.tasks.stop();
    }
    SECTION("close") {
        world.ours->close();
    }
    world.settle();
    REQUIRE(world.read);
    CHECK(world.read->error() == asio::error::operation_aborted);
    REQUIRE(world.written);
    CHECK(world.written->error() == asio::error::operation_aborted);
}

namespace {

// A write of ours waits, unless the peer says something.
struct unless_answered : secured {
    explicit unless_answered(tls_role role) : secured(role) {
        start([this]() -> asio::awaitable<void> {
            const auto sent = co_await ours->write_unless_answered(output, soon());
            written = sent;
        });
        settle();
        REQUIRE_FALSE(written);
    }
    const std::string output = std::string(much, 'x');
    std::optional<net::result<void>> written;
};

}  // namespace

TEST_CASE("D7 a write that waits under TLS ends when the peer says something", "[net][tls]") {
    // A client has session tickets waiting from the beginning: they are no answer.
    unless_answered world(GENERATE(tls_role::client, tls_role::server));
    world.start([&]() -> asio::awaitable<void> {
        std::ignore = co_await tests::sent(*world.secure_peer, "552 no\r\n");
    });
    world.run();
    REQUIRE(world.written);
    CHECK(world.written->error() == errc::interrupted);
    world.start([&]() -> asio::awaitable<void> {
        const auto heard = co_await tests::received(*world.ours, 8);
        CHECK(heard == "552 no\r\n");
    });
    world.run();
}

TEST_CASE("D7 control: a peer that says nothing gets all under TLS", "[net][tls]") {
    unless_answered world(GENERATE(tls_role::client, tls_role::server));
    world.start([&]() -> asio::awaitable<void> {
        const auto heard = co_await tests::received(*world.secure_peer, much);
        CHECK(heard == world.output);
    });
    world.run();
    REQUIRE(world.written);
    CHECK(world.written->has_value());
}
