// What ends a session's time, and what does not.
#include "relay/inbound/session.hpp"
#include "tests/inbound/server_world.hpp"

using namespace kurir;
using namespace tests;
using Catch::Matchers::StartsWith;

namespace {

// `clock` goes on, and everybody notices.
asio::awaitable<void> pass(net::virtual_clock& clock, net::clock::duration time) {
    co_await settle();
    clock.advance(time);
    co_await settle();
}

config::config for_strangers() {
    auto config = usual_config();
    config.trusted_networks = config::network_set();
    return config;
}

}  // namespace

TEST_CASE("A4 the session's time runs from the last stored message", "[inbound]") {
    net::virtual_clock clock;
    auto config = usual_config();
    config.session_timeout = 10min;
    serve(std::move(config), [&clock](server_world& world) -> asio::awaitable<void> {
        auto client = co_await world.greeted();
        for (int message = 0; message < 8; ++message) {
            co_await client->begin_message();
            const auto stored = co_await client->ask("Subject: x\r\n\r\n.");
            REQUIRE_THAT(stored, StartsWith("250"));
            co_await pass(clock, 4min);
        }
        const auto kept = co_await client->ask("NOOP");
        CHECK_THAT(kept, StartsWith("250"));
        co_await pass(clock, 4min);
        const auto still = co_await client->ask("NOOP");
        CHECK_THAT(still, StartsWith("250"));
        co_await pass(clock, 2min + 1s);
        const auto end = co_await client->reply();
        CHECK(end == "421 4.4.2 relay.test Timeout, closing\r\n");
    });
}

TEST_CASE("A4 the session's time does not end a transaction", "[inbound]") {
    net::virtual_clock clock;
    auto config = usual_config();
    config.session_timeout = 2min;
    serve(std::move(config), [&clock](server_world& world) -> asio::awaitable<void> {
        auto client = co_await world.greeted();
        for (const auto* line :
             {"EHLO client.example",
              "MAIL FROM:<a@client.example>",
              "RCPT TO:<b@remote.example>",
              "RCPT TO:<c@remote.example>",
              "DATA"}) {
            const auto answer = co_await client->ask(line);
            REQUIRE_THAT(answer, StartsWith(line == std::string("DATA") ? "354" : "250"));
            co_await pass(clock, line[0] == 'E' ? 1s : 90s);
        }
        const auto stored = co_await client->ask("Subject: x\r\n\r\n.");
        CHECK_THAT(stored, StartsWith("250"));
    });
}

TEST_CASE("H2 a stranger has 30 seconds, whatever leads nowhere meanwhile", "[inbound]") {
    net::virtual_clock clock;
    serve(for_strangers(), [&clock](server_world& world) -> asio::awaitable<void> {
        auto silent = co_await world.greeted();
        auto client = co_await world.greeted();
        const auto hello = co_await client->ask("EHLO client.example");
        CHECK_THAT(hello, StartsWith("250"));
        co_await pass(clock, 20s);
        const auto noop = co_await client->ask("NOOP");
        CHECK_THAT(noop, StartsWith("250"));
        co_await pass(clock, 11s);
        const auto end = co_await client->reply();
        CHECK_THAT(end, StartsWith("421 4.4.2"));
        const auto other_end = co_await silent->reply();
        CHECK_THAT(other_end, StartsWith("421 4.4.2"));
    });
}

TEST_CASE("H9 a stranger's first MAIL gives it time once more, a second does not", "[inbound]") {
    net::virtual_clock clock;
    serve(for_strangers(), [&clock](server_world& world) -> asio::awaitable<void> {
        auto client = co_await world.greeted();
        const auto hello = co_await client->ask("EHLO client.example");
        CHECK_THAT(hello, StartsWith("250"));
        co_await pass(clock, 20s);
        for (const auto* line : {"MAIL FROM:<a@client.example>", "RSET"}) {
            const auto answer = co_await client->ask(line);
            CHECK_THAT(answer, StartsWith("250"));
        }
        co_await pass(clock, 20s);
        const auto again = co_await client->ask("MAIL FROM:<a@client.example>");
        CHECK_THAT(again, StartsWith("250"));
        co_await pass(clock, 11s);
        const auto end = co_await client->reply();
        CHECK_THAT(end, StartsWith("421 4.4.2"));
    });
}

TEST_CASE("H9 a client's time runs on through what leads nowhere", "[inbound]") {
    net::virtual_clock clock;
    const std::string opening = GENERATE(
        as<std::string>(), "BDAT 1000000\r\n", std::string(3000, 'x'), "NOOP in a transaction"
    );
    serve(usual_config(), [&](server_world& world) -> asio::awaitable<void> {
        auto client = co_await world.greeted();
        const bool noop = opening.starts_with("NOOP");
        for (const auto* line : {"EHLO client.example", "MAIL FROM:<a@client.example>"}) {
            const auto answer = co_await client->ask(line);
            CHECK_THAT(answer, StartsWith("250"));
        }
        if (!noop) co_await client->send(opening);
        if (opening.starts_with("BDAT")) {
            const auto refused = co_await client->reply();
            CHECK_THAT(refused, StartsWith("554"));
        }
        for (int minute = 0; minute < 4; ++minute) {
            co_await pass(clock, 1min);
            if (noop) {
                const auto answer = co_await client->ask("NOOP");
                CHECK_THAT(answer, StartsWith("250"));
            } else {
                co_await client->send("xxxx");
            }
        }
        co_await pass(clock, 61s);
        const auto end = co_await client->reply();
        CHECK_THAT(end, StartsWith("421 4.4.2"));
    });
}

TEST_CASE("H2 a stranger makes room for a client that may relay", "[inbound]") {
    auto config = usual_config();
    config.max_sessions = 1;
    config.trusted_networks = config::network_set();
    std::ignore = config::network_set::parse("127.0.0.1/32", config.trusted_networks);
    serve(std::move(config), [](server_world& world) -> asio::awaitable<void> {
        asio::ip::tcp::socket socket(co_await asio::this_coro::executor);
        socket.open(asio::ip::tcp::v4());
        socket.bind({asio::ip::make_address("127.0.1.1"), 0});
        socket.connect(world.address);
        test_client stranger(std::move(socket));
        const auto greeting = co_await stranger.reply();
        CHECK_THAT(greeting, StartsWith("220"));

        auto trusted = co_await world.greeted();
        const auto farewell = co_await stranger.reply();
        CHECK(farewell == "421 4.3.2 relay.test Too many connections, try later\r\n");
        co_await trusted->begin_message();
        const auto stored = co_await trusted->ask("Subject: x\r\n\r\n.");
        CHECK_THAT(stored, StartsWith("250"));
    });
}
