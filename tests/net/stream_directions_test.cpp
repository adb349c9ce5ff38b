#include <boost/asio/io_context.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <optional>
#include <string>

#include "relay/net/stream.hpp"
#include "relay/net/task_group.hpp"
#include "tests/net/much.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/run.hpp"

namespace asio = boost::asio;
using namespace std::chrono_literals;
using asio::ip::tcp;
using kurir::net::clock;
using kurir::net::errc;
using kurir::net::stream;
using kurir::net::task_group;
using tests::much;
using tests::must_not_throw;

// A read and a write are pending at once, in time that stands still until a test moves it.
namespace {

struct plain_directions {
    plain_directions() : peer(context) {
        tcp::acceptor acceptor(context, {asio::ip::address_v4::loopback(), 0});
        peer.connect(acceptor.local_endpoint());
        ours.emplace(acceptor.accept());
    }
    ~plain_directions() {
        if (ours) ours->close();
        run();
    }
    plain_directions(const plain_directions&) = delete;
    plain_directions& operator=(const plain_directions&) = delete;

    void begin(clock::duration read_limit, clock::duration write_limit) {
        tasks.spawn(read_into(read_limit));
        tasks.spawn(write_much(write_limit));
        run();
        REQUIRE_FALSE(read);
        REQUIRE_FALSE(written);
    }

    // Until nothing moves any more, and any wait that can end has ended.
    void run() {
        do {
            context.restart();
        } while (context.poll() > 0);
    }

    void advance(clock::duration step) {
        time.advance(step);
        run();
    }

    // What our end writes, up to `size` bytes.
    std::string drain(std::size_t size) {
        std::string received(size, ' ');
        std::size_t count = 0;
        while (count < size) {
            count += peer.read_some(asio::buffer(received.data() + count, size - count));
            run();
        }
        return received;
    }

    asio::awaitable<void> read_into(clock::duration limit) {
        std::array<char, 64> bytes{};
        const auto got = co_await ours->read_some(bytes, clock::now() + limit);
        read = got;
    }

    asio::awaitable<void> write_much(clock::duration limit) {
        const auto sent = co_await ours->write(output, clock::now() + limit);
        written = sent;
    }

    kurir::net::virtual_clock time;
    asio::io_context context{1};
    tcp::socket peer;
    std::optional<stream> ours;
    const std::string output = std::string(much, 'x');
    task_group tasks{context.get_executor(), must_not_throw};
    std::optional<kurir::net::result<std::size_t>> read;
    std::optional<kurir::net::result<void>> written;
};

}  // namespace

TEST_CASE("a read that ends at its deadline leaves the write under way alone", "[net][stream]") {
    plain_directions pair;
    pair.begin(1min, 1h);

    pair.advance(1min);

    REQUIRE(pair.read);
    CHECK(pair.read->error() == errc::timed_out);
    REQUIRE_FALSE(pair.written);
    CHECK(pair.drain(much) == pair.output);
    while (!pair.written)
        pair.run();
    CHECK(pair.written->has_value());
}

TEST_CASE("a write that ends at its deadline leaves the pending read alone", "[net][stream]") {
    plain_directions pair;
    pair.begin(1h, 1min);

    pair.advance(1min);

    REQUIRE(pair.written);
    CHECK(pair.written->error() == errc::timed_out);
    REQUIRE_FALSE(pair.read);
    asio::write(pair.peer, asio::buffer("552 no\r\n", 8));
    while (!pair.read)
        pair.run();
    CHECK(pair.read->value() == 8);
}

TEST_CASE("an operation that the other one's deadline woke keeps its own", "[net][stream]") {
    plain_directions pair;
    pair.begin(1min, 3min);

    pair.advance(1min);
    REQUIRE(pair.read);
    pair.advance(1min);
    REQUIRE_FALSE(pair.written);
    pair.advance(1min);

    REQUIRE(pair.written);
    CHECK(pair.written->error() == errc::timed_out);
}

TEST_CASE("interrupt ends the read and leaves the write under way alone", "[net][stream]") {
    plain_directions pair;
    pair.begin(1h, 1h);

    pair.ours->interrupt();
    pair.run();

    REQUIRE(pair.read);
    CHECK(pair.read->error() == errc::interrupted);
    REQUIRE_FALSE(pair.written);
    CHECK(pair.drain(much) == pair.output);
    while (!pair.written)
        pair.run();
    CHECK(pair.written->has_value());
}

TEST_CASE("a group that stops, and close, end both directions", "[net][stream]") {
    plain_directions pair;
    pair.begin(1h, 1h);

    SECTION("stop") {
        pair.tasks.stop();
    }
    SECTION("close") {
        pair.ours->close();
    }
    pair.run();

    REQUIRE(pair.read);
    CHECK(pair.read->error() == asio::error::operation_aborted);
    REQUIRE(pair.written);
    CHECK(pair.written->error() == asio::error::operation_aborted);
}
