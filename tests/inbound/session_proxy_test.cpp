// Sessions that come through a proxy.
#include <string>

#include "relay/log/log.hpp"
#include "tests/inbound/server_world.hpp"

using namespace kurir;
using namespace tests;
using namespace std::string_literals;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;

namespace {

// A listener behind proxies on loopback, where clients of 10/8 may relay.
config::config behind_proxies() {
    auto config = usual_config();
    config.trusted_networks = {};
    std::ignore = config::network_set::parse("10.0.0.0/8", config.trusted_networks);
    auto& profile = config.listen.front().profile;
    std::ignore = config::network_set::parse("loopback", profile.proxies);
    profile.name = "front";
    return config;
}

config::config believing_xclient() {
    auto config = behind_proxies();
    config.listen.front().profile.proxies = {};
    std::ignore = config::network_set::parse("loopback", config.xclient_networks);
    return config;
}

std::string header_of(const std::string& source) {
    return "PROXY TCP4 " + source + " 198.51.100.1 4711 25\r\n";
}

const std::string greeting = "220 relay.test ESMTP Kurir\r\n";
const std::string local_header = "\r\n\r\n\0\r\nQUIT\n\x20\0\0\0"s;

asio::awaitable<std::string> answer_to_recipient(test_client& client) {
    for (const auto* line : {"EHLO client.example", "MAIL FROM:<a@client.example>"}) {
        const auto answer = co_await client.ask(line);
        CHECK_THAT(answer, StartsWith("250"));
    }
    co_return co_await client.ask("RCPT TO:<b@remote.example>");
}

double failures(server_world& world, metrics::proxy_failure reason) {
    return world.metrics.smtp_proxy_failures_total(reason).value();
}

bool has_line(const log::capture& captured, std::string_view text) {
    for (const auto& line : captured.lines()) {
        if (line.find(text) != line.npos) return true;
    }
    return false;
}

}  // namespace

TEST_CASE("A client is judged by the address in the PROXY header", "[inbound]") {
    log::capture captured;
    serve(behind_proxies(), [&](server_world& world) -> asio::awaitable<void> {
        auto friendly = co_await world.connect();
        co_await friendly->send(header_of("10.1.2.3"));
        const auto greeted = co_await friendly->reply();
        CHECK(greeted == greeting);
        const auto granted = co_await answer_to_recipient(*friendly);
        CHECK_THAT(granted, StartsWith("250"));
        std::ignore = co_await friendly->ask("DATA");
        const auto end = co_await friendly->ask("Subject: x\r\n\r\n.");
        CHECK_THAT(end, StartsWith("250"));

        auto stranger = co_await world.connect();
        co_await stranger->send(header_of("192.0.2.1"));
        std::ignore = co_await stranger->reply();
        const auto refused = co_await answer_to_recipient(*stranger);
        CHECK_THAT(refused, StartsWith("550 5.7.1"));

        REQUIRE(world.store.committed.size() == 1);
        CHECK(world.store.committed[0].mail.client == "10.1.2.3");
        CHECK(world.metrics.smtp_clients_told_total(metrics::told_by::proxy).value() == 2);
    });
    CHECK(has_line(captured, "192.0.2.1"));
    CHECK(has_line(captured, "proxy_ip"));
}

TEST_CASE(
    "A PROXY header may come byte by byte, and nothing is said before it is whole", "[inbound]"
) {
    const auto header = GENERATE(
        header_of("10.1.2.3"),
        "\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\x0a\x01\x02\x03\x7f\0\0\x01\0\x01\0\x19"s
    );
    serve(behind_proxies(), [header](server_world& world) -> asio::awaitable<void> {
        auto client = co_await world.connect();
        for (const char c : header) {
            co_await client->send({&c, 1});
            co_await settle();
        }
        const auto greeted = co_await client->reply();
        CHECK(greeted == greeting);
        const auto granted = co_await answer_to_recipient(*client);
        CHECK_THAT(granted, StartsWith("250"));
    });
}

TEST_CASE("What follows the PROXY header is the client's", "[inbound]") {
    serve(behind_proxies(), [](server_world& world) -> asio::awaitable<void> {
        auto eager = world.early_talker(header_of("10.1.2.3") + "EHLO client.example\r\n");
        const auto greeted = co_await eager->reply();
        CHECK(greeted == greeting);
        const auto hello = co_await eager->reply();
        CHECK_THAT(hello, StartsWith("250"));
        CHECK(world.metrics.smtp_early_talkers_total.value() == 1);

        auto stranger = world.early_talker(header_of("192.0.2.1") + "EHLO client.example\r\n");
        const auto refused = co_await stranger->reply();
        CHECK_THAT(refused, StartsWith("554 5.5.0"));
    });
}

TEST_CASE("A proxy that does not know its client gives it no rights", "[inbound]") {
    auto config = behind_proxies();
    std::ignore = config::network_set::parse("loopback", config.trusted_networks);
    serve(config, [](server_world& world) -> asio::awaitable<void> {
        auto unknown = co_await world.connect();
        co_await unknown->send("PROXY UNKNOWN\r\n");
        std::ignore = co_await unknown->reply();
        const auto refused = co_await answer_to_recipient(*unknown);
        CHECK_THAT(refused, StartsWith("550 5.7.1"));

        // The proxy itself, which is trusted here.
        auto proxy = co_await world.connect();
        co_await proxy->send(local_header);
        std::ignore = co_await proxy->reply();
        const auto granted = co_await answer_to_recipient(*proxy);
        CHECK_THAT(granted, StartsWith("250"));
    });
}

TEST_CASE("A connection from a proxy without a good header is closed without a word", "[inbound]") {
    struct bad_header {
        std::string bytes;
        metrics::proxy_failure reason;
    };
    const auto sent = GENERATE(
        bad_header{"EHLO client.example\r\n", metrics::proxy_failure::missing},
        bad_header{"PROXY TCP4 nonsense 192.0.2.1 1 2\r\n", metrics::proxy_failure::malformed},
        bad_header{"PROXY UNKNOWN " + std::string(200, 'x'), metrics::proxy_failure::too_long}
    );
    log::capture captured;
    serve(behind_proxies(), [sent](server_world& world) -> asio::awaitable<void> {
        auto client = co_await world.connect();
        co_await client->send(sent.bytes);
        const auto answer = co_await client->reply();
        CHECK(answer == "closed");
        CHECK(failures(world, sent.reason) == 1);
        const auto ended = metrics::session_end::proxy_failed;
        CHECK(world.metrics.smtp_sessions_closed_total(ended).value() == 1);
    });
    CHECK(has_line(captured, "proxy_failed"));
}

TEST_CASE("A PROXY header that stops is not waited for long", "[inbound]") {
    net::virtual_clock clock;
    serve(behind_proxies(), [&clock](server_world& world) -> asio::awaitable<void> {
        auto silent = co_await world.connect();
        auto slow = co_await world.connect();
        co_await slow->send("PROXY TCP4 10.1.2.3");
        co_await settle();
        clock.advance(9s);
        co_await settle();
        CHECK(failures(world, metrics::proxy_failure::timeout) == 0);
        co_await slow->send(" ");
        co_await settle();
        clock.advance(2s);
        const auto first = co_await silent->reply();
        const auto second = co_await slow->reply();
        CHECK(first == "closed");
        CHECK(second == "closed");
        CHECK(failures(world, metrics::proxy_failure::timeout) == 2);
    });
}

TEST_CASE("A connection that says nothing and closes is a health check", "[inbound]") {
    serve(behind_proxies(), [](server_world& world) -> asio::awaitable<void> {
        auto check = co_await world.connect();
        check->close();
        while (failures(world, metrics::proxy_failure::closed) == 0)
            co_await settle();
        CHECK(world.server.sessions() == 0);
    });
}

TEST_CASE("A PROXY header is refused from others, before they are greeted", "[inbound]") {
    auto config = behind_proxies();
    config.listen.front().profile.proxies = {};
    std::ignore = config::network_set::parse("loopback", config.trusted_networks);
    const auto header = GENERATE(header_of("10.1.2.3"), local_header + "\r\n");
    serve(config, [header](server_world& world) -> asio::awaitable<void> {
        auto client = world.early_talker(header);
        std::string answer = co_await client->reply();
        while (answer.starts_with("500"))  // for the empty lines of the binary one
            answer = co_await client->reply();
        CHECK_THAT(answer, StartsWith("550 5.7.1"));
        const auto end = co_await client->reply();
        CHECK(end == "closed");
    });
}

TEST_CASE("Places are those of the clients, not of their proxy", "[inbound]") {
    auto config = behind_proxies();
    config.max_sessions_per_client = 2;
    serve(config, [](server_world& world) -> asio::awaitable<void> {
        std::vector<std::unique_ptr<test_client>> clients;
        for (const auto* address : {"10.0.0.1", "10.0.0.1", "10.0.0.2", "10.0.0.2", "10.0.0.3"}) {
            clients.push_back(co_await world.connect());
            co_await clients.back()->send(header_of(address));
            const auto greeted = co_await clients.back()->reply();
            CHECK(greeted == greeting);
        }
        auto third = co_await world.connect();
        co_await third->send(header_of("10.0.0.1"));
        const auto refused = co_await third->reply();
        CHECK_THAT(refused, StartsWith("421 4.3.2"));

        clients.front()->close();
        while (world.server.sessions() > 4)
            co_await settle();
        auto next = co_await world.connect();
        co_await next->send(header_of("10.0.0.1"));
        const auto greeted = co_await next->reply();
        CHECK(greeted == greeting);
    });
}

TEST_CASE("Submission limits count the clients behind a proxy", "[inbound]") {
    auto config = behind_proxies();
    config.client_rate = config::rate{.count = 1, .per = 1h};
    serve(config, [](server_world& world) -> asio::awaitable<void> {
        for (const auto* address : {"10.0.0.1", "10.0.0.2"}) {
            auto client = co_await world.connect();
            co_await client->send(header_of(address));
            std::ignore = co_await client->reply();
            std::ignore = co_await client->ask("EHLO client.example");
            const auto granted = co_await client->ask("MAIL FROM:<a@client.example>");
            CHECK_THAT(granted, StartsWith("250"));
            std::ignore = co_await client->ask("RSET");
            const auto over = co_await client->ask("MAIL FROM:<a@client.example>");
            CHECK_THAT(over, StartsWith("450"));
        }
    });
}

TEST_CASE("A client is judged by the address that XCLIENT tells", "[inbound]") {
    log::capture captured;
    serve(believing_xclient(), [](server_world& world) -> asio::awaitable<void> {
        auto proxy = co_await world.greeted();
        const auto hello = co_await proxy->ask("EHLO proxy.example");
        CHECK_THAT(hello, ContainsSubstring("XCLIENT"));
        const auto begun = co_await proxy->ask("XCLIENT ADDR=10.1.2.3 NAME=host.example");
        CHECK(begun == greeting);
        const auto granted = co_await answer_to_recipient(*proxy);
        CHECK_THAT(granted, StartsWith("250"));
        std::ignore = co_await proxy->ask("DATA");
        std::ignore = co_await proxy->ask("Subject: x\r\n\r\n.");
        REQUIRE(world.store.committed.size() == 1);
        CHECK(world.store.committed[0].mail.client == "10.1.2.3");

        auto other = co_await world.greeted();
        std::ignore = co_await other->ask("XCLIENT ADDR=192.0.2.1");
        const auto refused = co_await answer_to_recipient(*other);
        CHECK_THAT(refused, StartsWith("550 5.7.1"));
        CHECK(world.metrics.smtp_clients_told_total(metrics::told_by::xclient).value() == 2);
    });
    CHECK(has_line(captured, "host.example"));
}

TEST_CASE("A login that XCLIENT tells is a credential", "[inbound]") {
    serve(believing_xclient(), [](server_world& world) -> asio::awaitable<void> {
        auto proxy = co_await world.greeted();
        std::ignore = co_await proxy->ask("XCLIENT ADDR=192.0.2.1 LOGIN=billing");
        const auto granted = co_await answer_to_recipient(*proxy);
        CHECK_THAT(granted, StartsWith("250"));
    });
}

TEST_CASE("XCLIENT may be said by a proxy behind another proxy", "[inbound]") {
    auto config = behind_proxies();
    std::ignore = config::network_set::parse("203.0.113.5", config.xclient_networks);
    serve(config, [](server_world& world) -> asio::awaitable<void> {
        auto proxy = co_await world.connect();
        co_await proxy->send(header_of("203.0.113.5"));
        std::ignore = co_await proxy->reply();
        const auto begun = co_await proxy->ask("XCLIENT ADDR=10.1.2.3");
        CHECK(begun == greeting);

        auto other = co_await world.connect();
        co_await other->send(header_of("203.0.113.6"));
        std::ignore = co_await other->reply();
        const auto refused = co_await other->ask("XCLIENT ADDR=10.1.2.3");
        CHECK_THAT(refused, StartsWith("550 5.7.1"));
    });
}

TEST_CASE("A client named by XCLIENT for whom there is no place gets 421", "[inbound]") {
    auto config = believing_xclient();
    config.max_sessions_per_client = 1;
    serve(config, [](server_world& world) -> asio::awaitable<void> {
        auto first = co_await world.greeted();
        const auto begun = co_await first->ask("XCLIENT ADDR=10.1.2.3");
        CHECK(begun == greeting);
        auto second = co_await world.greeted();
        const auto refused = co_await second->ask("XCLIENT ADDR=10.1.2.3");
        CHECK_THAT(refused, StartsWith("421 4.3.2"));
    });
}
