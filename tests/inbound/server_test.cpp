#include "relay/inbound/server.hpp"

#include <thread>

#include "relay/log/log.hpp"
#include "tests/inbound/server_world.hpp"

using namespace kurir;
using namespace tests;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;

TEST_CASE("The bound port is logged when the system chooses it", "[inbound]") {
    const log::capture captured;
    std::uint16_t port = 0;
    serve(usual_config(), [&port](server_world& world) -> asio::awaitable<void> {
        port = world.address.port();
        co_return;
    });
    REQUIRE(!captured.lines().empty());
    CHECK_THAT(captured.lines().front(), ContainsSubstring("\"what\":\"listening\""));
    CHECK_THAT(captured.lines().front(), ContainsSubstring("\"port\":" + std::to_string(port)));
}

TEST_CASE("An address that is taken is an error, and nothing listens", "[inbound]") {
    const log::capture captured;
    asio::io_context context(1);
    asio::ip::tcp::acceptor taken(context, {asio::ip::make_address("127.0.0.1"), 0});
    auto settings = usual_config();
    settings.listen.emplace_back();
    settings.listen.back().endpoint = taken.local_endpoint();
    const config::live_config config(std::move(settings));
    fake_store store;
    metrics::registry registry;
    metrics::inbound counted(registry);
    const facts::observers observers{};
    inbound::server server(config, store, counted, observers, {context.get_executor()});

    const auto bound = server.listen();

    CHECK(bound.error() == boost::system::errc::address_in_use);
    CHECK_THAT(captured.lines().back(), ContainsSubstring("listen_failed"));
}

TEST_CASE("Too many sessions get 421 and leave the others alone", "[inbound]") {
    auto config = usual_config();
    config.max_sessions_per_client = 1;
    serve(std::move(config), [](server_world& world) -> asio::awaitable<void> {
        auto first = co_await world.greeted();
        auto second = co_await world.connect();
        const auto refused = co_await second->reply();
        CHECK(refused == "421 4.3.2 relay.test Too many connections, try later\r\n");
        const auto end = co_await second->reply();
        CHECK(end == "closed");
        const auto fine = co_await first->ask("NOOP");
        CHECK_THAT(fine, StartsWith("250"));
        using stage = metrics::reject_stage;
        using reason = metrics::reject_reason;
        auto& rejects = world.metrics.smtp_rejects_total;
        CHECK(rejects(stage::connect, reason::too_many_sessions).value() == 1);
    });
}

TEST_CASE("S042 shutdown: idle sessions get 421 at once, a transaction may finish", "[inbound]") {
    serve(usual_config(), [](server_world& world) -> asio::awaitable<void> {
        auto idle = co_await world.greeted();
        auto busy = co_await world.greeted();
        co_await busy->begin_message();
        world.tasks.spawn(world.server.drain(net::clock::now() + 1h));

        const auto farewell = co_await idle->reply();
        CHECK(farewell == "421 4.3.2 relay.test Shutting down\r\n");
        const auto stored = co_await busy->ask("Subject: x\r\n\r\n.");
        CHECK_THAT(stored, StartsWith("250 2.0.0"));
        const auto goodbye = co_await busy->reply();
        CHECK_THAT(goodbye, StartsWith("421 4.3.2"));
        idle->close();
        busy->close();
        co_await world.tasks.join();
        CHECK(world.store.committed.size() == 1);
    });
}

TEST_CASE("S042 shutdown: what is left at the deadline is cut off", "[inbound]") {
    net::virtual_clock clock;
    serve(usual_config(), [&clock](server_world& world) -> asio::awaitable<void> {
        auto busy = co_await world.greeted();
        co_await busy->begin_message();
        world.tasks.spawn(world.server.drain(net::clock::now() + 30s));
        clock.advance(31s);
        const auto end = co_await busy->reply();
        CHECK(end == "closed");
        co_await world.tasks.join();
        CHECK(world.store.committed.empty());
    });
}

TEST_CASE("Sessions are spread over the threads", "[inbound]") {
    asio::io_context first(1);
    asio::io_context second(1);
    const config::live_config config(usual_config());
    fake_store store;  // used by one session at a time here
    metrics::registry registry;
    metrics::inbound counted(registry);
    const facts::observers observers{};
    inbound::server server(
        config, store, counted, observers, {first.get_executor(), second.get_executor()}
    );
    const auto bound = server.listen();
    REQUIRE(bound.has_value());
    auto keep = asio::make_work_guard(second);
    std::thread other([&second] { second.run(); });

    std::vector<std::string> replies;
    asio::co_spawn(
        first,
        [&]() -> asio::awaitable<void> {
            for (int i = 0; i < 4; ++i) {
                auto socket = co_await net::connect(bound->front(), net::clock::now() + 10s);
                test_client one(std::move(*socket));
                replies.push_back(co_await one.reply());
                replies.push_back(co_await one.ask("NOOP"));
            }
            co_await server.drain(net::clock::now() + 10s);
            keep.reset();
        },
        [](std::exception_ptr failure) {
            if (failure) std::rethrow_exception(failure);
        }
    );
    first.run();
    other.join();

    CHECK(replies.size() == 8);
    for (const auto& reply : replies)
        CHECK(reply.starts_with('2'));
    CHECK(server.sessions() == 0);
}
