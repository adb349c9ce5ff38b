#include "relay/net/http_client.hpp"

#include <filesystem>
#include <fstream>

#include "tests/net/http_world.hpp"

// What is sent, where it goes, and what is followed.

using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;
using kurir::net::certificate_fault;
using kurir::net::errc;
using kurir::net::http_failure;
using tests::http_world;
using tests::tcp;
namespace asio = boost::asio;
namespace net = kurir::net;

namespace {

const std::string hello = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

// Serves HTTPS with `files`.
void serve_tls(http_world& world, tests::certificate_files files, std::string bytes) {
    world.serve([&world, files, bytes](tcp::socket& socket) -> asio::awaitable<void> {
        auto tls = tests::tls_world::server(files);
        tests::tls_socket client(std::move(socket), tls);
        const auto [ec] = co_await client.async_handshake(client.server, net::as_result);
        if (ec) co_return;
        world.requests.push_back(co_await tests::request_of(client));
        std::ignore = co_await tests::say(client, bytes);
    });
}

}  // namespace

TEST_CASE("a request is sent, and its answer is read", "[net][http]") {
    http_world world;
    world.serve(hello);
    const auto answer = world.send(
        {.method = "POST",
         .url = world.url() + "x?y",
         .fields = {{"X-Event", "bounced"}},
         .body = "{}"}
    );
    REQUIRE(answer.has_value());
    CHECK(answer->status == 200);
    CHECK(answer->body == "hello");
    REQUIRE(world.requests.size() == 1);
    const auto& request = world.requests.front();
    CHECK_THAT(request, ContainsSubstring("POST /x?y HTTP/1.1\r\nHost: www.example:"));
    CHECK_THAT(request, ContainsSubstring("\r\nX-Event: bounced\r\n"));
    CHECK_THAT(request, ContainsSubstring("\r\nContent-Length: 2\r\n"));
    CHECK_THAT(request, ContainsSubstring("\r\nConnection: close\r\n"));
}

TEST_CASE("an answer of any status is a response", "[net][http]") {
    http_world world;
    world.serve("HTTP/1.1 503 Later\r\nRetry-After: 5\r\n\r\nlater");
    const auto answer = world.get();
    REQUIRE(answer.has_value());
    CHECK(answer->status == 503);
    CHECK(*answer->field("retry-after") == "5");
    CHECK(answer->field("Retry") == nullptr);
    CHECK(answer->body == "later");
}

TEST_CASE("what would forge a request is not sent", "[net][http]") {
    http_world world;
    world.serve(hello);
    net::http_request request{.url = world.url()};
    SECTION("in the URL") {
        request.url = GENERATE("http://www.example/\r\nX: y", "file:///x", "http://", "");
    }
    SECTION("in the method") {
        request.method = GENERATE("", "GET /x", "G\r\nX: y", "CONNECT", "TRACE");
    }
    SECTION("in a field") {
        request.fields = GENERATE(
            net::http_fields{{"X", "y\r\nZ: z"}},
            net::http_fields{{"X", "y\nz"}},
            net::http_fields{{"X", std::string("y\0", 2)}},
            net::http_fields{{"X: y\r\nZ", "z"}},
            net::http_fields{{"", "x"}},
            net::http_fields{{"content-length", "3"}},
            net::http_fields{{"Transfer-Encoding", "chunked"}},
            net::http_fields{{"Host", "x"}}
        );
    }
    const auto answer = world.send(request);
    REQUIRE_FALSE(answer.has_value());
    CHECK(answer.error().reason == http_failure::bad_request);
    CHECK(world.asked.empty());
    CHECK(world.requests.empty());
}

TEST_CASE("each address of a name is tried", "[net][http]") {
    http_world world;
    world.serve(hello);
    const auto refused = asio::ip::make_address("127.0.0.7");
    world.names["www.example"] = {refused, refused, asio::ip::make_address("127.0.0.1")};
    CHECK(world.get().has_value());
    world.names["www.example"] = {refused, refused};
    const auto answer = world.get();
    REQUIRE_FALSE(answer.has_value());
    CHECK(answer.error().reason == http_failure::no_connection);
    CHECK(answer.error().cause == asio::error::connection_refused);
    CHECK(answer.error().message() == "no connection: Connection refused");
}

TEST_CASE("a name without an address is an error, and an address needs no name", "[net][http]") {
    http_world world;
    world.serve(hello);
    CHECK(world.get("http", "127.0.0.1").has_value());
    CHECK(world.asked.empty());
    world.names["empty.example"] = {};
    CHECK(world.get("http", "empty.example").error().reason == http_failure::no_address);
    const auto answer = world.get("http", "other.example");
    CHECK(answer.error().reason == http_failure::no_address);
    CHECK(answer.error().cause == asio::error::host_not_found);
}

TEST_CASE("a request comes from the local address that is set", "[net][http]") {
    http_world world;
    std::optional<asio::ip::address> source;
    world.serve([&](tcp::socket& client) -> asio::awaitable<void> {
        source = client.remote_endpoint().address();
        std::ignore = co_await tests::say(client, hello);
    });
    world.settings.local_address = asio::ip::make_address("127.0.0.77");
    world.names["www.example"].insert(
        world.names["www.example"].begin(), asio::ip::address_v6::loopback()
    );
    CHECK(world.get().has_value());
    CHECK(source == world.settings.local_address);

    world.settings.local_address = asio::ip::address_v6::loopback();
    world.names["www.example"].erase(world.names["www.example"].begin());
    CHECK(world.get().error().reason == http_failure::no_address);
}

TEST_CASE("the certificate of a server is verified", "[net][http]") {
    http_world world;
    tests::authority unknown;
    SECTION("and holds") {
        serve_tls(world, world.ca.issue({.names = "DNS:www.example"}), hello);
        const auto answer = world.get("https");
        REQUIRE(answer.has_value());
        CHECK(answer->body == "hello");
    }
    SECTION("for an address, too") {
        serve_tls(world, world.ca.issue({.names = "IP:127.0.0.1"}), hello);
        CHECK(world.get("https", "127.0.0.1").has_value());
    }
    SECTION("and is of another name") {
        serve_tls(world, world.ca.issue({.names = "DNS:other.example"}), hello);
        const auto answer = world.get("https");
        REQUIRE_FALSE(answer.has_value());
        CHECK(answer.error().reason == http_failure::no_tls);
        CHECK(answer.error().cause == certificate_fault::wrong_name);
        CHECK_THAT(answer.error().message(), ContainsSubstring("no TLS: certificate: "));
    }
    SECTION("and has expired") {
        serve_tls(
            world,
            world.ca.issue({.names = "DNS:www.example", .valid_from = -7200, .valid_until = -1}),
            hello
        );
        CHECK(world.get("https").error().cause == certificate_fault::expired);
    }
    SECTION("and is of an unknown authority") {
        serve_tls(world, unknown.issue({.names = "DNS:www.example"}), hello);
        CHECK(world.get("https").error().cause == certificate_fault::untrusted);
    }
    SECTION("unless that is switched off") {
        serve_tls(world, unknown.issue({.names = "DNS:other.example"}), hello);
        world.settings.verify = false;
        CHECK(world.get("https").has_value());
        return;
    }
    // Nothing is said to a server that is not the right one.
    const bool right = world.answer->has_value();
    CHECK(world.requests.empty() == !right);
}

TEST_CASE(
    "a server that speaks no TLS, or a CA file that can't be read, is an error", "[net][http]"
) {
    http_world world;
    world.serve("HTTP/1.1 400 Bad Request\r\n\r\n");
    CHECK(world.get("https").error().reason == http_failure::no_tls);
    world.settings.ca_file = "/nowhere";
    const auto client = net::http_client::make(world.settings, {});
    REQUIRE_FALSE(client.has_value());
    CHECK(client.error() == "trusted certificates /nowhere: No such file or directory");
}

TEST_CASE("trusted certificates are read again, and stay if they can't be", "[net][http]") {
    http_world world;
    tests::authority renewed;
    serve_tls(world, renewed.issue({.names = "DNS:www.example"}), hello);
    REQUIRE(world.get("https").error().cause == certificate_fault::untrusted);
    const auto ask_again = [&] {
        world.answer.reset();
        world.start(world.ask({.url = world.url("https")}));
        world.until([&] { return world.answer.has_value(); });
        return world.answer->has_value();
    };
    const auto overwrite = std::filesystem::copy_options::overwrite_existing;
    std::filesystem::copy_file(renewed.file(), world.settings.ca_file, overwrite);
    CHECK_FALSE(ask_again());
    CHECK(world.asking->reload_roots().empty());
    CHECK(ask_again());
    std::ofstream(world.settings.ca_file, std::ios::trunc) << "no certificate";
    CHECK_FALSE(world.asking->reload_roots().empty());
    CHECK(ask_again());
}

TEST_CASE("a body without a length that TLS does not end is cut off", "[net][http]") {
    http_world world;
    serve_tls(world, world.ca.issue({.names = "DNS:www.example"}), "HTTP/1.1 200 OK\r\n\r\nhello");
    const auto answer = world.get("https");
    REQUIRE_FALSE(answer.has_value());
    CHECK(answer.error().reason == http_failure::no_answer);
    CHECK(answer.error().cause == errc::truncated);
}

namespace {

std::string redirect_to(const std::string& location, int status = 302) {
    return "HTTP/1.1 " + std::to_string(status) + " Moved\r\nLocation: " + location +
           "\r\nContent-Length: 0\r\n\r\n";
}

}  // namespace

TEST_CASE("a redirect is an answer, unless it is to be followed", "[net][http]") {
    http_world world;
    const int status = GENERATE(301, 302, 303, 307, 308);
    world.serve([&](tcp::socket& client) -> asio::awaitable<void> {
        const auto request = co_await tests::request_of(client);
        world.requests.push_back(request);
        const bool first = request.starts_with("GET / ") || request.starts_with("POST / ");
        std::ignore = co_await tests::say(client, first ? redirect_to("/next", status) : hello);
    });
    CHECK(world.get()->status == static_cast<unsigned>(status));
    world.settings.limits.redirects_max = 1;
    CHECK(world.get()->body == "hello");
    CHECK_THAT(world.requests.back(), ContainsSubstring("GET /next HTTP/1.1\r\n"));
    CHECK(
        world.send({.method = "POST", .url = world.url()})->status == static_cast<unsigned>(status)
    );
}

TEST_CASE("redirects that are not followed", "[net][http]") {
    http_world world;
    world.settings.limits.redirects_max = 3;
    SECTION("in a circle") {
        world.serve(redirect_to("/"));
        CHECK(world.get().error().reason == http_failure::bad_redirect);
        CHECK(world.requests.size() == 4);
    }
    SECTION("to what can't be asked") {
        world.serve(redirect_to(GENERATE("file:///etc/passwd", "next", "//b.example/", "")));
        CHECK(world.get().error().reason == http_failure::bad_redirect);
    }
    SECTION("from https to http") {
        serve_tls(world, world.ca.issue({.names = "DNS:www.example"}), redirect_to(world.url()));
        CHECK(world.get("https").error().reason == http_failure::bad_redirect);
        CHECK(world.requests.size() == 1);
    }
}

TEST_CASE("credentials stay with the host that they are for", "[net][http]") {
    http_world world;
    world.settings.limits.redirects_max = 1;
    world.names["other.example"] = world.names["www.example"];
    const bool leaves = GENERATE(true, false);
    const auto next = leaves ? world.url("http", "other.example") : world.url() + "next";
    world.serve([&](tcp::socket& client) -> asio::awaitable<void> {
        world.requests.push_back(co_await tests::request_of(client));
        const bool first = world.requests.size() == 1;
        std::ignore = co_await tests::say(client, first ? redirect_to(next) : hello);
    });
    const auto answer = world.send(
        {.url = world.url(),
         .fields = {{"authorization", "Bearer x"}, {"Cookie", "x=y"}, {"X", "y"}}}
    );
    REQUIRE(answer.has_value());
    REQUIRE(world.requests.size() == 2);
    CHECK_THAT(world.requests[0], ContainsSubstring("Bearer x"));
    CHECK((world.requests[1].find("Bearer x") == std::string::npos) == leaves);
    CHECK((world.requests[1].find("x=y") == std::string::npos) == leaves);
    CHECK_THAT(world.requests[1], ContainsSubstring("X: y"));
}
