#include "relay/net/stream.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <optional>
#include <string>

#include "relay/net/connect.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/run.hpp"

namespace asio = boost::asio;
using namespace std::chrono_literals;
using asio::ip::tcp;
using kurir::net::clock;
using kurir::net::errc;
using kurir::net::stream;
using tests::must_not_throw;

namespace {

// Two ends of a loopback connection; ours as a stream, the peer's as a plain socket.
struct connection {
    explicit connection(asio::io_context& context) : peer(context) {
        tcp::acceptor acceptor(context, {asio::ip::address_v4::loopback(), 0});
        peer.connect(acceptor.local_endpoint());
        ours.emplace(acceptor.accept());
    }
    tcp::socket peer;
    std::optional<stream> ours;
};

struct read_outcome {
    std::optional<kurir::net::result<std::size_t>> value;
};

asio::awaitable<void> read_into(stream& source, clock::time_point deadline, read_outcome& outcome) {
    std::array<char, 64> bytes{};
    auto got = co_await source.read_some(bytes, deadline);
    outcome.value = got;
}

asio::awaitable<void> write_from(
    stream& target,
    std::string_view bytes,
    clock::time_point deadline,
    kurir::net::result<void>& outcome
) {
    outcome = co_await target.write(bytes, deadline);
}

asio::awaitable<void> write_unless_answered(
    stream& target, std::string_view bytes, std::optional<kurir::net::result<void>>& outcome
) {
    auto written = co_await target.write_unless_answered(bytes, clock::now() + 1h);
    outcome = written;
}

}  // namespace

TEST_CASE("a read ends at its deadline and the connection stays usable", "[net][stream]") {
    kurir::net::virtual_clock time;
    asio::io_context context(1);
    connection pair(context);
    read_outcome first;
    asio::co_spawn(context, read_into(*pair.ours, clock::now() + 5min, first), must_not_throw);

    context.poll();
    time.advance(4min);
    context.restart();
    context.poll();
    CHECK_FALSE(first.value);
    time.advance(1min);
    context.restart();
    context.poll();

    REQUIRE(first.value);
    CHECK(first.value->error() == errc::timed_out);

    auto farewell = kurir::net::result<void>(errc::timed_out);
    asio::co_spawn(
        context, write_from(*pair.ours, "421 bye\r\n", clock::now() + 2s, farewell), must_not_throw
    );
    context.restart();
    context.poll();
    CHECK(farewell.has_value());
    std::array<char, 9> received{};
    asio::read(pair.peer, asio::buffer(received));
    CHECK(std::string(received.data(), received.size()) == "421 bye\r\n");
}

TEST_CASE("a later, shorter deadline is kept", "[net][stream]") {
    kurir::net::virtual_clock time;
    asio::io_context context(1);
    connection pair(context);
    asio::write(pair.peer, asio::buffer("x", 1));
    read_outcome first;
    read_outcome second;
    asio::co_spawn(context, read_into(*pair.ours, clock::now() + 1h, first), must_not_throw);
    while (!first.value) {
        context.restart();
        context.poll();
    }
    asio::co_spawn(context, read_into(*pair.ours, clock::now() + 1s, second), must_not_throw);
    context.restart();
    context.poll();

    time.advance(1s);
    context.restart();
    context.poll();

    REQUIRE(second.value);
    CHECK(second.value->error() == errc::timed_out);
}

TEST_CASE("interrupt wakes the pending read, or else the next", "[net][stream]") {
    asio::io_context context(1);
    connection pair(context);
    read_outcome pending;
    asio::co_spawn(context, read_into(*pair.ours, clock::now() + 5min, pending), must_not_throw);
    context.poll();

    pair.ours->interrupt();
    context.restart();
    context.poll();
    REQUIRE(pending.value);
    CHECK(pending.value->error() == errc::interrupted);

    read_outcome next;
    pair.ours->interrupt();
    asio::co_spawn(context, read_into(*pair.ours, clock::now() + 5min, next), must_not_throw);
    context.restart();
    context.poll();
    REQUIRE(next.value);
    CHECK(next.value->error() == errc::interrupted);
}

TEST_CASE("S044 a closed connection is told apart from a slow one", "[net][stream]") {
    asio::io_context context(1);
    connection pair(context);
    read_outcome outcome;
    pair.peer.close();
    asio::co_spawn(context, read_into(*pair.ours, clock::now() + 5min, outcome), must_not_throw);
    while (!outcome.value) {
        context.restart();
        context.poll();
    }
    CHECK(outcome.value->error() == errc::end_of_stream);
}

TEST_CASE("a stream may go while its timer is still armed", "[net][stream]") {
    asio::io_context context(1);
    connection pair(context);
    asio::write(pair.peer, asio::buffer("x", 1));
    read_outcome outcome;
    asio::co_spawn(context, read_into(*pair.ours, clock::now() + 5min, outcome), must_not_throw);
    while (!outcome.value) {
        context.restart();
        context.poll();
    }

    pair.ours.reset();

    context.restart();
    context.run();  // returns only because nothing is armed any more
    CHECK(outcome.value->value() == 1);
}

TEST_CASE("IPv4-mapped addresses are shown as IPv4", "[net][stream]") {
    using asio::ip::make_address;
    CHECK(kurir::net::unmapped(make_address("::ffff:192.0.2.1")) == make_address("192.0.2.1"));
    CHECK(kurir::net::unmapped(make_address("2001:db8::1")) == make_address("2001:db8::1"));
}

TEST_CASE("connecting to a closed port is refused, not timed out", "[net][stream]") {
    asio::io_context context(1);
    tcp::acceptor acceptor(context, {asio::ip::address_v4::loopback(), 0});
    const auto closed = acceptor.local_endpoint();
    acceptor.close();
    boost::system::error_code outcome;
    auto attempt = [](tcp::endpoint endpoint,
                      boost::system::error_code& ec) -> asio::awaitable<void> {
        const auto socket = co_await kurir::net::connect(endpoint, clock::now() + 5s);
        if (!socket) ec = socket.error();
    };
    asio::co_spawn(context, attempt(closed, outcome), must_not_throw);
    context.run();
    CHECK(outcome == asio::error::connection_refused);
}

TEST_CASE("D7 a write that waits ends when the peer says something or closes", "[net][stream]") {
    const std::string much(32UL << 20, 'x');  // more than the buffers of both ends take
    asio::io_context context(1);
    connection pair(context);
    std::optional<kurir::net::result<void>> outcome;
    asio::co_spawn(context, write_unless_answered(*pair.ours, much, outcome), must_not_throw);
    context.run_for(20ms);
    REQUIRE_FALSE(outcome);

    SECTION("says") {
        asio::write(pair.peer, asio::buffer("552 no\r\n", 8));
    }
    SECTION("closes its half") {
        pair.peer.shutdown(tcp::socket::shutdown_send);
    }
    while (!outcome) {
        context.restart();
        context.run_one_for(5s);
    }
    CHECK(outcome->error() == errc::interrupted);
}

TEST_CASE("D7 what was said in time can be read after the write", "[net][stream]") {
    const std::string much(32UL << 20, 'x');
    asio::io_context context(1);
    connection pair(context);
    asio::write(pair.peer, asio::buffer("552 no\r\n", 8));
    std::optional<kurir::net::result<void>> outcome;
    asio::co_spawn(context, write_unless_answered(*pair.ours, much, outcome), must_not_throw);
    while (!outcome) {
        context.restart();
        context.run_one_for(5s);
    }
    CHECK(outcome->error() == errc::interrupted);

    read_outcome reply;
    asio::co_spawn(context, read_into(*pair.ours, clock::now() + 1h, reply), must_not_throw);
    while (!reply.value) {
        context.restart();
        context.run_one_for(5s);
    }
    CHECK(reply.value->value() == 8);
}

TEST_CASE("D7 control: a peer that reads slowly and says nothing gets all", "[net][stream]") {
    const std::string much(32UL << 20, 'x');
    asio::io_context context(1);
    connection pair(context);
    std::optional<kurir::net::result<void>> outcome;
    asio::co_spawn(context, write_unless_answered(*pair.ours, much, outcome), must_not_throw);
    std::string received(much.size(), ' ');
    std::size_t size = 0;
    while (size < much.size()) {
        context.restart();
        context.poll();
        const auto part = asio::buffer(received.data() + size, received.size() - size);
        size += pair.peer.read_some(part);
    }
    while (!outcome) {
        context.restart();
        context.run_one_for(5s);
    }
    CHECK(outcome->has_value());
    CHECK(received == much);

    // The watch is over: what comes later ends nothing.
    read_outcome reply;
    asio::co_spawn(context, read_into(*pair.ours, clock::now() + 1h, reply), must_not_throw);
    asio::write(pair.peer, asio::buffer("250 ok\r\n", 8));
    while (!reply.value) {
        context.restart();
        context.run_one_for(5s);
    }
    CHECK(reply.value->value() == 8);
}
