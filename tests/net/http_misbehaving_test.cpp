#include "relay/net/http_client.hpp"
#include "relay/net/task_group.hpp"
#include "tests/net/http_ok.hpp"
#include "tests/net/http_world.hpp"
#include "tests/net/still_time.hpp"

// Servers that are slow, endless, or go away. Time stands still until a test moves it.

using namespace std::chrono_literals;
using kurir::net::errc;
using kurir::net::http_failure;
using tests::ok;
using tests::still_time;
using tests::tcp;
namespace asio = boost::asio;
namespace net = kurir::net;

namespace {

struct bounded : still_time, tests::http_world {
    bounded() {
        settings.limits = {.connecting = 10s, .whole = 30s, .header_max = 1000, .body_max = 1000};
    }

    // Second by second, at most for a minute; returns how many it took.
    int seconds_until_answer() {
        for (int seconds = 0; seconds < 60; ++seconds) {
            settle();
            if (answer) return seconds;
            time.advance(1s);
        }
        return 60;
    }
};

}  // namespace

TEST_CASE("a silent server is waited for until the request's time is over", "[net][http]") {
    bounded world;
    const std::string said = GENERATE(
        "",
        "HTTP",
        "HTTP/1.1 200 OK\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
        "HTTP/1.1 100 Continue\r\n\r\n"
    );
    bool closed = false;
    world.serve([&](tcp::socket& client) -> asio::awaitable<void> {
        std::ignore = co_await tests::request_of(client);
        std::ignore = co_await tests::say(client, said);
        char byte = 0;
        std::ignore = co_await client.async_read_some(asio::buffer(&byte, 1), net::as_result);
        closed = true;
    });
    world.begin({.url = world.url()});
    CHECK(world.seconds_until_answer() == 30);
    REQUIRE(world.answer);
    CHECK(world.answer->error().reason == http_failure::no_answer);
    CHECK(world.answer->error().cause == errc::timed_out);
    world.until([&] { return closed; });
}

TEST_CASE("a server that does not take the request is given up", "[net][http]") {
    bounded world;
    tcp::socket kept(world.context);
    world.serve([&](tcp::socket& client) -> asio::awaitable<void> {
        kept = std::move(client);
        co_return;
    });
    world.begin({.method = "POST", .url = world.url(), .body = std::string(32UL << 20, 'x')});
    CHECK(world.seconds_until_answer() == 30);
    REQUIRE(world.answer);
    CHECK(world.answer->error().reason == http_failure::not_sent);
    CHECK(world.answer->error().cause == errc::timed_out);
}

TEST_CASE("a server that stalls in TLS is given up after the time for connecting", "[net][http]") {
    bounded world;
    tcp::socket kept(world.context);
    world.serve([&](tcp::socket& client) -> asio::awaitable<void> {
        kept = std::move(client);
        co_return;
    });
    world.begin({.url = world.url("https")});
    CHECK(world.seconds_until_answer() == 10);
    REQUIRE(world.answer);
    CHECK(world.answer->error().reason == http_failure::no_tls);
    CHECK(world.answer->error().cause == errc::timed_out);
}

TEST_CASE("bytes that come all the time do not make time longer", "[net][http]") {
    bounded world;
    const std::string chunked = ok + "Transfer-Encoding: chunked\r\n\r\n";
    struct row {
        std::string beginning;
        std::string more;
    };
    const auto [beginning, more] = GENERATE_REF(
        row{"", "H"}, row{ok + "X: ", "y"}, row{ok + "\r\n", "x"}, row{chunked, "1\r\nx\r\n"}
    );
    world.serve([&](tcp::socket& client) -> asio::awaitable<void> {
        std::ignore = co_await tests::request_of(client);
        auto failed = co_await tests::say(client, beginning);
        while (!failed) {
            failed = co_await tests::say(client, more);
            net::timer pause(client.get_executor(), net::clock::now() + 1s);
            std::ignore = co_await pause.async_wait(net::as_result);
        }
    });
    world.begin({.url = world.url()});
    CHECK(world.seconds_until_answer() == 30);
    REQUIRE(world.answer);
    CHECK(world.answer->error().reason == http_failure::no_answer);
    CHECK(world.answer->error().cause == errc::timed_out);
}

TEST_CASE("an endless answer is given up at its limit", "[net][http]") {
    bounded world;
    struct row {
        std::string beginning;
        std::string more;
        http_failure reason;
    };
    const std::string chunked = ok + "Transfer-Encoding: chunked\r\n\r\n";
    const auto [beginning, more, reason] = GENERATE_REF(
        row{"HTTP/1.1 200 ", "x", http_failure::header_too_large},
        row{ok, "X: y\r\n", http_failure::header_too_large},
        row{ok + "X: ", "y", http_failure::header_too_large},
        row{ok + "\r\n", "x", http_failure::body_too_large},
        row{chunked, "1\r\nx\r\n", http_failure::body_too_large},
        row{chunked + "1;", "x", http_failure::header_too_large},
        row{chunked + "0\r\n", "X: y\r\n", http_failure::header_too_large},
        row{"", "HTTP/1.1 100 Continue\r\n\r\n", http_failure::malformed},
        row{"", "\r\n", http_failure::malformed}
    );
    std::string block;
    while (block.size() < 10000)
        block += more;
    std::size_t said = 0;
    world.serve([&](tcp::socket& client) -> asio::awaitable<void> {
        std::ignore = co_await tests::request_of(client);
        auto failed = co_await tests::say(client, beginning);
        while (!failed) {
            failed = co_await tests::say(client, block);
            said += block.size();
        }
    });
    world.begin({.url = world.url()});
    world.until([&] { return world.answer.has_value(); });
    CAPTURE(beginning, more);
    REQUIRE_FALSE(world.answer->has_value());
    CHECK(world.answer->error().reason == reason);
}

TEST_CASE("a server that goes away is an error, however far it got", "[net][http]") {
    bounded world;
    const std::string said =
        GENERATE(as<std::string>{}, "", "HTTP", ok, ok + "Content-Length: 5\r\n\r\nhell");
    const bool reset = GENERATE(true, false);
    world.serve([&](tcp::socket& client) -> asio::awaitable<void> {
        if (!reset) std::ignore = co_await tests::request_of(client);
        std::ignore = co_await tests::say(client, said);
        if (reset) client.set_option(asio::socket_base::linger(true, 0));
        client.close();
    });
    const auto answer = world.get();
    REQUIRE_FALSE(answer.has_value());
    CHECK(answer.error().cause);
    if (!reset) CHECK(answer.error().reason == http_failure::no_answer);
}

TEST_CASE("an answer that comes before the request was read counts", "[net][http]") {
    bounded world;
    tcp::socket kept(world.context);
    world.serve([&](tcp::socket& client) -> asio::awaitable<void> {
        std::ignore =
            co_await tests::say(client, "HTTP/1.1 413 Too Large\r\nContent-Length: 5\r\n\r\nlarge");
        kept = std::move(client);
    });
    const auto answer =
        world.send({.method = "POST", .url = world.url(), .body = std::string(32UL << 20, 'x')});
    REQUIRE(answer.has_value());
    CHECK(answer->status == 413);
    CHECK(answer->body == "large");
}

TEST_CASE("a request that is cancelled ends, and tries no other address", "[net][http]") {
    bounded world;
    world.names["www.example"].resize(3, asio::ip::make_address("127.0.0.1"));
    int connections = 0;
    tcp::socket kept(world.context);
    world.serve([&](tcp::socket& client) -> asio::awaitable<void> {
        ++connections;
        kept = std::move(client);
        co_return;
    });
    auto client = net::http_client::make(world.settings, [&](auto name, auto) {
        return world.resolve(name);
    });
    REQUIRE(client.has_value());
    net::task_group tasks(world.context.get_executor(), [](auto) {});
    tasks.spawn([](auto& client, auto url, auto& answer) -> asio::awaitable<void> {
        auto got = co_await client.send({.url = url});
        answer = std::move(got);
    }(*client, world.url(), world.answer));
    world.until([&] { return connections == 1; });
    tasks.stop();
    world.until([&] { return world.answer.has_value(); });
    REQUIRE_FALSE(world.answer->has_value());
    CHECK(world.answer->error().cause == asio::error::operation_aborted);
    CHECK(connections == 1);
}
