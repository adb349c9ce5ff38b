// A server on loopback for one test, on the test's own context, and clients that talk to it.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <chrono>
#include <exception>
#include <memory>
#include <string>
#include <string_view>

#include "metrics/inbound.hpp"
#include "metrics/outbound.hpp"
#include "metrics/queue.hpp"
#include "relay/config/config.hpp"
#include "relay/facts/log_observer.hpp"
#include "relay/facts/metrics_observer.hpp"
#include "relay/inbound/server.hpp"
#include "relay/net/connect.hpp"
#include "relay/net/stream.hpp"
#include "relay/net/task_group.hpp"
#include "tests/inbound/fake_store.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/log_lines.hpp"

namespace tests {

using namespace std::chrono_literals;
namespace asio = boost::asio;

inline kurir::config::config usual_config() {
    kurir::config::config config;
    config.hostname = "relay.test";
    config.listen.emplace_back();
    config.listen.back().endpoint = {asio::ip::make_address("127.0.0.1"), 0};
    std::ignore = kurir::config::network_set::parse("loopback", config.trusted_networks);
    config.max_message_size = 25'000'000;
    config.max_recipients = 1000;
    config.max_sessions = 2000;
    config.max_sessions_per_client = 200;
    config.max_errors = 20;
    config.max_hops = 100;
    config.max_line_length = 65536;
    config.command_timeout = 5min;
    config.data_timeout = 3min;
    config.min_data_rate = 100;
    config.session_timeout = 60min;
    return config;
}

// Lets everything that can go on do so.
inline asio::awaitable<void> settle() {
    kurir::net::timer soon(co_await asio::this_coro::executor);
    for (int i = 0; i < 50; ++i) {
        soon.expires_after(0s);
        std::ignore = co_await soon.async_wait(kurir::net::as_result);
    }
}

class test_client {
public:
    explicit test_client(asio::ip::tcp::socket socket) : stream_(std::move(socket)) {}

    asio::awaitable<void> send(std::string_view bytes) {
        const auto written = co_await stream_.write(bytes, patience());
        REQUIRE(written.has_value());
    }

    // The next reply, with its CRLFs; "closed" at the end of the connection.
    asio::awaitable<std::string> reply() {
        for (;;) {
            if (auto whole = take_reply(); !whole.empty()) co_return whole;
            std::array<char, 4096> block;
            const auto got = co_await stream_.read_some(block, patience());
            if (!got) co_return "closed";
            unread_.append(block.data(), *got);
        }
    }

    asio::awaitable<std::string> ask(std::string_view line) {
        const std::string bytes = std::string(line) + "\r\n";
        co_await send(bytes);
        co_return co_await reply();
    }

    // From the greeting to DATA's 354.
    asio::awaitable<void> begin_message() {
        for (const auto* line :
             {"EHLO client.example", "MAIL FROM:<a@client.example>", "RCPT TO:<b@remote.example>"
             }) {
            const auto answer = co_await ask(line);
            REQUIRE(answer.starts_with("250"));
        }
        const auto answer = co_await ask("DATA");
        REQUIRE(answer.starts_with("354"));
    }

    void close() { stream_.close(); }

private:
    static kurir::net::clock::time_point patience() { return kurir::net::clock::now() + 240h; }

    std::string take_reply() {
        for (std::size_t line = 0;;) {
            const auto end = unread_.find("\r\n", line);
            if (end == std::string::npos) return {};
            const bool last = unread_[line + 3] != '-';
            line = end + 2;
            if (!last) continue;
            std::string whole = unread_.substr(0, line);
            unread_.erase(0, line);
            return whole;
        }
    }

    kurir::net::stream stream_;
    std::string unread_;
};

class server_world {
public:
    server_world(
        asio::any_io_executor executor,
        kurir::config::config settings,
        std::size_t large_messages = 0
    )
        : config(std::move(settings)),
          server_executor_(executor),
          metrics(registry_),
          server(config, store, metrics, observers, {executor}, large_messages),
          tasks(executor, [](std::exception_ptr failure) { std::rethrow_exception(failure); }) {
        const auto bound = server.listen();
        REQUIRE(bound.has_value());
        REQUIRE(bound->front().port() != 0);
        address = bound->front();
    }

    asio::awaitable<std::unique_ptr<test_client>> connect() {
        auto socket = co_await kurir::net::connect(address, kurir::net::clock::now() + 240h);
        REQUIRE(socket.has_value());
        co_return std::make_unique<test_client>(std::move(*socket));
    }

    // A client whose first words are there before the server knows of it: the kernel accepts it.
    std::unique_ptr<test_client> early_talker(std::string_view bytes) {
        asio::ip::tcp::socket socket(server_executor_);
        socket.connect(address);
        asio::write(socket, asio::buffer(bytes.data(), bytes.size()));
        return std::make_unique<test_client>(std::move(socket));
    }

    // A client that has read the greeting.
    asio::awaitable<std::unique_ptr<test_client>> greeted() {
        auto client = co_await connect();
        const auto greeting = co_await client->reply();
        REQUIRE(greeting == "220 relay.test ESMTP Kurir\r\n");
        co_return client;
    }

    asio::awaitable<void> stop(kurir::net::clock::duration grace = 0s) {
        co_await server.drain(kurir::net::clock::now() + grace);
        co_await tasks.join();
        CHECK(server.sessions() == 0);
        CHECK(metrics.smtp_sessions_active.value() == 0);
    }

    kurir::config::live_config config;
    fake_store store;

private:
    asio::any_io_executor server_executor_;
    kurir::metrics::registry registry_;
    kurir::metrics::outbound outbound_{registry_};
    kurir::metrics::queue queue_{registry_};

public:
    kurir::metrics::inbound metrics;
    kurir::facts::metrics_observer counting{metrics, outbound_, queue_};
    kurir::facts::log_observer logging;
    kurir::facts::observers observers{&counting, &logging};
    kurir::inbound::server server;
    kurir::net::task_group tasks;
    asio::ip::tcp::endpoint address;
};

// Runs `body(world)` on a fresh context and stops the server, which is destroyed when the context
// is done, as its contract wants it.
template <class Body>
void serve(kurir::config::config config, Body body, std::size_t large_messages = 0) {
    asio::io_context context(1);
    server_world world(context.get_executor(), std::move(config), large_messages);
    std::exception_ptr failure;
    asio::co_spawn(
        context,
        [&]() -> asio::awaitable<void> {
            co_await body(world);
            co_await world.stop();
        },
        [&](std::exception_ptr escaped) {
            failure = escaped;
            if (failure) context.stop();
        }
    );
    context.run();
    if (failure) std::rethrow_exception(failure);
}

}  // namespace tests
