#include "relay/admin/server.hpp"

#include <boost/asio/write.hpp>

#include <array>
#include <span>
#include <string>
#include <vector>

#include "relay/log/log.hpp"
#include "relay/net/connect.hpp"
#include "relay/net/stream.hpp"
#include "tests/admin/sample_program.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/run.hpp"

using namespace kurir;
using namespace std::chrono_literals;
using boost::asio::awaitable;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::EndsWith;
using Catch::Matchers::StartsWith;
using tcp = boost::asio::ip::tcp;

namespace {

const tcp::endpoint any_port(boost::asio::ip::address_v4::loopback(), 0);

// A server that runs, with the state that it reports.
struct running {
    // Without a table: the probes.
    running(boost::asio::any_io_executor executor, std::vector<admin::endpoint> table)
        : http(
              executor,
              std::make_unique<admin::tcp_door>(executor, any_port),
              "KURIR_HTTP_LISTEN",
              metrics.http,
              table.empty() ? admin::probes(subject) : std::move(table)
          ) {
        checks = {{"listeners"}, {"store"}};
        REQUIRE(http.listen());
        endpoint = tcp::endpoint(any_port.address(), http.entrance().port());
        http.start();
    }

    log::capture logged;
    metrics::all metrics;
    tests::sample_program subject{metrics};
    admin::readiness& checks = subject.checks;
    admin::server http;
    tcp::endpoint endpoint;
};

// Connects, sends `request`, and reads until the server closes.
awaitable<std::string> said_to(std::string request, tcp::endpoint endpoint) {
    const auto deadline = net::clock::now() + 5s;
    auto socket = co_await net::connect(endpoint, deadline);
    REQUIRE(socket.has_value());
    net::stream peer(std::move(*socket));
    const auto sent = co_await peer.write(request, deadline);
    REQUIRE(sent.has_value());
    std::string all;
    std::array<char, 65536> some{};
    for (;;) {
        const auto count = co_await peer.read_some(some, deadline);
        if (!count) co_return all;
        all.append(some.data(), *count);
    }
}

std::string get(std::string_view target, std::string_view method = "GET") {
    return std::string(method) + " " + std::string(target) +
           " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
}

// Runs `body(server)` with a server that is stopped afterwards.
template <class Body>
void with_server(Body body, std::vector<admin::endpoint> table = {}) {
    tests::run([&]() -> awaitable<void> {
        const auto executor = co_await boost::asio::this_coro::executor;
        running server(executor, table);
        co_await body(server);
        co_await server.http.stop();
    });
}

}  // namespace

TEST_CASE("the metrics are served as Prometheus 3 wants them", "[admin]") {
    with_server([](running& server) -> awaitable<void> {
        const auto said = co_await said_to(get("/metrics"), server.endpoint);

        CHECK_THAT(said, StartsWith("HTTP/1.1 200 OK\r\n"));
        CHECK_THAT(
            said, ContainsSubstring("Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n")
        );
        CHECK_THAT(said, ContainsSubstring("\nkurir_ready 0\n"));
        CHECK_THAT(said, ContainsSubstring("\nprocess_resident_memory_bytes "));
    });
}

TEST_CASE("being ready is 200, and not being ready 503 with the reasons", "[admin]") {
    with_server([](running& server) -> awaitable<void> {
        const auto ready = co_await said_to(get("/readyz"), server.endpoint);
        server.checks[1] = {"store", false, "low space: \"12M\""};
        const auto unready = co_await said_to(get("/readyz?verbose"), server.endpoint);

        CHECK_THAT(ready, StartsWith("HTTP/1.1 200 OK\r\n"));
        CHECK_THAT(ready, ContainsSubstring(R"({"ready":true,)"));
        CHECK_THAT(unready, StartsWith("HTTP/1.1 503 Service Unavailable\r\n"));
        CHECK_THAT(unready, ContainsSubstring("Content-Type: application/json\r\n"));
        CHECK_THAT(
            unready,
            EndsWith(R"({"ready":false,"checks":[{"name":"listeners","ok":true},)"
                     R"({"name":"store","ok":false,"detail":"low space: \"12M\""}]})")
        );
    });
}

TEST_CASE("being alive does not depend on being ready", "[admin]") {
    with_server([](running& server) -> awaitable<void> {
        server.checks[0] = {"listeners", false, "draining"};
        const auto said = co_await said_to(get("/livez"), server.endpoint);

        CHECK_THAT(said, StartsWith("HTTP/1.1 200 OK\r\n"));
        CHECK_THAT(said, EndsWith("\r\n\r\nok\n"));
    });
}

TEST_CASE("HEAD has the header of GET and no body", "[admin]") {
    with_server([](running& server) -> awaitable<void> {
        const auto said = co_await said_to(get("/livez", "HEAD"), server.endpoint);

        CHECK_THAT(said, StartsWith("HTTP/1.1 200 OK\r\n"));
        CHECK_THAT(said, ContainsSubstring("Content-Length: 3\r\n"));
        CHECK_THAT(said, EndsWith("\r\n\r\n"));
    });
}

TEST_CASE("every other path is 404, whatever the method", "[admin]") {
    with_server([](running& server) -> awaitable<void> {
        const std::vector<std::string> targets{
            "/", "/metrics/", "/metricsx", "/healthz", "/api/v1/queue", "/../etc/passwd", "*"
        };
        for (const auto& target : targets) {
            for (const auto* method : {"GET", "HEAD", "POST", "DELETE"}) {
                CAPTURE(method, target);
                const auto request = get(target, method);
                const auto said = co_await said_to(request, server.endpoint);
                CHECK_THAT(said, StartsWith("HTTP/1.1 404 Not Found\r\n"));
            }
        }
    });
}

TEST_CASE("other methods are 405 and named what is allowed", "[admin]") {
    with_server([](running& server) -> awaitable<void> {
        std::string request = "POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n";
        const auto said = co_await said_to(request, server.endpoint);

        CHECK_THAT(said, StartsWith("HTTP/1.1 405 Method Not Allowed\r\n"));
        CHECK_THAT(said, ContainsSubstring("Allow: GET, HEAD\r\n"));
        CHECK_THAT(said, ContainsSubstring("Connection: close\r\n"));
    });
}

TEST_CASE("what is no HTTP, or too long, is 400 and the end", "[admin]") {
    with_server([](running& server) -> awaitable<void> {
        const std::vector<std::string> requests{
            "EHLO client.example\r\n\r\n",
            "GET /livez HTTP/9.9\r\n\r\n",
            "GET /livez HTTP/1.1\r\nX: " + std::string(9000, 'x') + "\r\n\r\n",
        };
        for (const auto& request : requests) {
            CAPTURE(request.substr(0, 30));
            const auto said = co_await said_to(request, server.endpoint);
            CHECK_THAT(said, StartsWith("HTTP/1.1 400 Bad Request\r\n"));
        }
    });
}

TEST_CASE("one connection carries several requests", "[admin]") {
    with_server([](running& server) -> awaitable<void> {
        const auto request = "GET /livez HTTP/1.1\r\nHost: x\r\n\r\n" + get("/readyz");
        const auto said = co_await said_to(request, server.endpoint);

        CHECK_THAT(said, ContainsSubstring("ok\nHTTP/1.1 200 OK\r\n"));
        CHECK_THAT(said, EndsWith("]}"));
    });
}

namespace {

awaitable<admin::answer> echoed(const admin::request& asked, const admin::path_words&) {
    co_return admin::answer{boost::beast::http::status::ok, "text/plain", "[" + asked.body() + "]"};
}

awaitable<admin::answer> named(const admin::request&, const admin::path_words& words) {
    std::string all;
    for (const auto& each : words)
        all += "[" + each + "]";
    co_return admin::answer{boost::beast::http::status::ok, "text/plain", all};
}

using boost::beast::http::verb;
const std::vector<admin::endpoint> with_a_body{
    {"/echo", verb::post, echoed, metrics::http_handler::other},
    {"/echo", verb::get, echoed, metrics::http_handler::other},
    {"/only", verb::post, echoed, metrics::http_handler::other},
};

std::string post(std::string_view target, std::string_view rest) {
    return "POST " + std::string(target) + " HTTP/1.1\r\nHost: x\r\n" + std::string(rest);
}

}  // namespace

TEST_CASE("a handler of POST gets the body, and another request may follow", "[admin]") {
    with_server(
        [](running& server) -> awaitable<void> {
            const std::vector<std::string> bodies{
                "Content-Length: 3\r\n\r\nabc",
                "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n",
            };
            for (const auto& body : bodies) {
                CAPTURE(body);
                const auto said =
                    co_await said_to(post("/echo?x=1", body) + get("/echo"), server.endpoint);
                CHECK_THAT(said, StartsWith("HTTP/1.1 200 OK\r\n"));
                CHECK_THAT(said, ContainsSubstring("[abc]HTTP/1.1 200 OK\r\n"));
                CHECK_THAT(said, EndsWith("[]"));
            }
        },
        with_a_body
    );
}

TEST_CASE("a body that is too large or no HTTP is refused, and that is the end", "[admin]") {
    with_server(
        [](running& server) -> awaitable<void> {
            const auto length = std::to_string(admin::usual_body_max + 1);
            const auto large = post("/echo", "Content-Length: " + length + "\r\n\r\n");
            CHECK_THAT(co_await said_to(large, server.endpoint), StartsWith("HTTP/1.1 413 "));
            const auto chunked = post(
                "/echo", "Transfer-Encoding: chunked\r\n\r\n20000\r\n" + std::string(0x20000, 'x')
            );
            CHECK_THAT(co_await said_to(chunked, server.endpoint), StartsWith("HTTP/1.1 413 "));
            const auto broken = post("/echo", "Transfer-Encoding: chunked\r\n\r\nno\r\n");
            const auto said = co_await said_to(broken, server.endpoint);
            CHECK_THAT(said, StartsWith("HTTP/1.1 400 "));
            CHECK_THAT(said, ContainsSubstring("Connection: close\r\n"));
        },
        with_a_body
    );
}

TEST_CASE("an endpoint may take a body that is larger than others", "[admin]") {
    static constexpr std::size_t most = 2UL * 1024 * 1024;
    auto table = with_a_body;
    table.front().body_max = most;
    with_server(
        [](running& server) -> awaitable<void> {
            const auto sized = [](std::string_view target, std::size_t size) {
                const auto length = "Content-Length: " + std::to_string(size) + "\r\n\r\n";
                return post(target, length + std::string(size, 'x'));
            };
            const auto said =
                co_await said_to(sized("/echo", most) + get("/echo"), server.endpoint);
            CHECK(said.starts_with("HTTP/1.1 200 OK\r\n"));
            CHECK(said.size() > most);
            const auto beyond =
                post("/echo", "Content-Length: " + std::to_string(most + 1) + "\r\n\r\n");
            CHECK_THAT(co_await said_to(beyond, server.endpoint), StartsWith("HTTP/1.1 413 "));
        },
        table
    );
}

TEST_CASE("a path has words that the handler gets, decoded", "[admin]") {
    const std::vector<admin::endpoint> table{
        {"/things/{name}", verb::get, named, metrics::http_handler::other},
        {"/things/{name}/of/{other}", verb::get, named, metrics::http_handler::other},
    };
    with_server(
        [](running& server) -> awaitable<void> {
            const auto say = [&](std::string_view target) {
                return said_to(get(target), server.endpoint);
            };
            CHECK_THAT(co_await say("/things/a%2Fb?x=1"), EndsWith("\r\n\r\n[a/b]"));
            CHECK_THAT(co_await say("/things/a/of/b"), EndsWith("\r\n\r\n[a][b]"));
            for (const auto* unknown :
                 {"/things", "/things/", "/things/a/", "/things/a/of/", "/things/%zz"}) {
                CAPTURE(unknown);
                CHECK_THAT(co_await say(unknown), StartsWith("HTTP/1.1 404 "));
            }
        },
        table
    );
}

TEST_CASE("the methods that are allowed are those of the table", "[admin]") {
    with_server(
        [](running& server) -> awaitable<void> {
            const auto both = co_await said_to(get("/echo", "DELETE"), server.endpoint);
            CHECK_THAT(both, ContainsSubstring("Allow: POST, GET, HEAD\r\n"));
            for (const auto* method : {"GET", "HEAD", "PUT"}) {
                CAPTURE(method);
                const auto answer = co_await said_to(get("/only", method), server.endpoint);
                CHECK_THAT(answer, StartsWith("HTTP/1.1 405 "));
                CHECK_THAT(answer, ContainsSubstring("Allow: POST\r\n"));
            }
            const auto none = co_await said_to(get("/metrics"), server.endpoint);
            CHECK_THAT(none, StartsWith("HTTP/1.1 404 "));
        },
        with_a_body
    );
}

namespace {

// Connections on which `request` was sent, and from which nothing is read.
awaitable<std::vector<tcp::socket>> unread(
    std::size_t count, std::string request, running& server
) {
    const auto deadline = net::clock::now() + 5s;
    std::vector<tcp::socket> open;
    while (open.size() < count) {
        auto socket = co_await net::connect(server.endpoint, deadline);
        REQUIRE(socket.has_value());
        open.push_back(std::move(*socket));
        if (!request.empty()) boost::asio::write(open.back(), boost::asio::buffer(request));
    }
    co_return open;
}

}  // namespace

TEST_CASE("H7 silent connections do not keep a probe out", "[admin]") {
    with_server([](running& server) -> awaitable<void> {
        const auto* started = GENERATE("", "GET /livez HTTP/1.1\r\nHost:");
        CAPTURE(started);
        auto idle = co_await unread(admin::places::all_max * 2, started, server);
        for (const auto* target : {"/livez", "/readyz", "/metrics"}) {
            const auto said = co_await said_to(get(target), server.endpoint);
            CHECK_THAT(said, StartsWith("HTTP/1.1 200 OK\r\n"));
        }
        std::array<char, 8> some{};
        net::stream oldest(std::move(idle.front()));
        const auto ended = co_await oldest.read_some(some, net::clock::now() + 5s);
        CHECK_FALSE(ended.has_value());
    });
}

TEST_CASE("H7 readers that do not read do not keep a probe out", "[admin]") {
    with_server([](running& server) -> awaitable<void> {
        std::string scrapes;
        for (int i = 0; i < 40; ++i)
            scrapes += "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n";
        const auto slow = co_await unread(admin::places::all_max, scrapes, server);
        for (const auto* target : {"/livez", "/readyz"}) {
            const auto said = co_await said_to(get(target), server.endpoint);
            CHECK_THAT(said, StartsWith("HTTP/1.1 200 OK\r\n"));
        }
    });
}

TEST_CASE("H16 HTTP/1.1 needs one Host, HTTP/1.0 none", "[admin]") {
    with_server([](running& server) -> awaitable<void> {
        const std::vector<std::string> good{
            "HTTP/1.1\r\nHost: relay:9925\r\nConnection: close\r\n\r\n",
            "HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n",
            "HTTP/1.1\r\nhOST: [::1]:9925\r\nConnection: close\r\n\r\n",
            "HTTP/1.0\r\n\r\n",
            "HTTP/1.0\r\nHost: relay\r\n\r\n",
        };
        const std::vector<std::string> bad{
            "HTTP/1.1\r\n\r\n",
            "HTTP/1.1\r\nConnection: close\r\n\r\n",
            "HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",
            "HTTP/1.1\r\nHost: a b\r\n\r\n",
            "HTTP/1.1\r\nHost: a/b\r\n\r\n",
            "HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n",
        };
        for (const auto* target : {"/livez", "/metrics", "/nothing"}) {
            for (const auto& rest : good) {
                CAPTURE(target, rest);
                const auto said =
                    co_await said_to("GET " + std::string(target) + " " + rest, server.endpoint);
                CHECK_THAT(said, !ContainsSubstring(" 400 "));
            }
            for (const auto& rest : bad) {
                CAPTURE(target, rest);
                const auto said =
                    co_await said_to("GET " + std::string(target) + " " + rest, server.endpoint);
                CHECK_THAT(said, ContainsSubstring(" 400 Bad Request\r\n"));
                CHECK_THAT(said, ContainsSubstring("Connection: close\r\n"));
            }
        }
    });
}

TEST_CASE("requests are counted by handler and status", "[admin]") {
    with_server([](running& server) -> awaitable<void> {
        using metrics::http_code;
        using metrics::http_handler;
        std::ignore = co_await said_to(get("/livez"), server.endpoint);
        std::ignore = co_await said_to(get("/nothing"), server.endpoint);

        auto& http = server.metrics.http;
        CHECK(http.http_requests_total(http_handler::livez, http_code::ok).value() == 1);
        CHECK(http.http_requests_total(http_handler::other, http_code::not_found).value() == 1);
        CHECK(http.http_request_duration_seconds(http_handler::livez).count() == 1);
    });
}

TEST_CASE("the address is logged, and stopping closes idle connections", "[admin]") {
    tests::run([]() -> awaitable<void> {
        const auto executor = co_await boost::asio::this_coro::executor;
        running server(executor, {});
        REQUIRE(server.logged.lines().size() == 1);
        CHECK_THAT(
            server.logged.lines()[0],
            EndsWith(
                R"("event":"lifecycle","what":"http_listening","address":"127.0.0.1","port":)" +
                std::to_string(server.endpoint.port()) + "}"
            )
        );
        const auto deadline = net::clock::now() + 5s;
        auto socket = co_await net::connect(server.endpoint, deadline);
        REQUIRE(socket.has_value());

        co_await server.http.stop();

        net::stream peer(std::move(*socket));
        std::array<char, 8> some{};
        const auto ended = co_await peer.read_some(some, deadline);
        CHECK_FALSE(ended.has_value());
    });
}

TEST_CASE("an address that is taken is an error", "[admin]") {
    with_server([](running& server) -> awaitable<void> {
        const auto executor = co_await boost::asio::this_coro::executor;
        admin::server second(
            executor,
            std::make_unique<admin::tcp_door>(executor, server.endpoint),
            "KURIR_HTTP_LISTEN",
            server.metrics.http,
            admin::probes(server.subject)
        );

        CHECK_FALSE(second.listen());
        CHECK_THAT(server.logged.lines().back(), ContainsSubstring("Address already in use"));
        co_await second.stop();
    });
}

TEST_CASE("an address that is taken may be asked for again, silently", "[admin]") {
    with_server([](running& server) -> awaitable<void> {
        const auto executor = co_await boost::asio::this_coro::executor;
        admin::tcp_door first(executor, {boost::asio::ip::address_v4::loopback(), 0});
        REQUIRE_FALSE(first.listen());
        admin::server second(
            executor,
            std::make_unique<admin::tcp_door>(
                executor,
                boost::asio::ip::tcp::endpoint(
                    boost::asio::ip::address_v4::loopback(), first.port()
                )
            ),
            "KURIR_HTTP_LISTEN",
            server.metrics.http,
            admin::probes(server.subject)
        );
        const auto lines = server.logged.lines().size();
        CHECK_FALSE(second.try_to_listen());
        CHECK_FALSE(second.try_to_listen());
        first.close();
        CHECK(second.try_to_listen());
        CHECK(second.try_to_listen());  // it has it
        CHECK(second.entrance().port() == first.port());
        CHECK(server.logged.lines().size() == lines);
        co_await second.stop();
    });
}
