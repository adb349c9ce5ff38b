// The keeper of tokens against a token server on loopback that does what the test says.
#include "relay/oauth/token_keeper.hpp"

#include <boost/asio/co_spawn.hpp>

#include <deque>
#include <filesystem>
#include <new>
#include <optional>
#include <utility>

#include "relay/log/log.hpp"
#include "tests/net/http_world.hpp"

using namespace kurir;
using namespace kurir::oauth;
using Catch::Matchers::ContainsSubstring;
using tests::answer_of;
using tests::http_world;
using tests::tcp;
namespace asio = boost::asio;

namespace {

std::string token(const std::string& text, const std::string& more = "") {
    return answer_of(
        200,
        R"({"token_type":"Bearer","expires_in":3600,"access_token":")" + text + "\"" + more + "}"
    );
}

std::string refusal(const std::string& error) {
    return answer_of(400, R"({"error":")" + error + "\"}");
}

struct keeper_world {
    keeper_world() {
        web.serve([this](tcp::socket& socket) -> asio::awaitable<void> {
            bodies.push_back(co_await body_of(socket));
            if (hold) {
                held = true;
                asio::steady_timer forever(web.context, std::chrono::hours(1));
                std::ignore = co_await forever.async_wait(net::as_result);
                co_return;
            }
            auto next = answers.empty() ? std::string() : answers.front();
            if (answers.size() > 1) answers.pop_front();
            if (next.empty()) co_return;
            std::ignore = co_await tests::say(socket, next);
        });
        client.url = web.url() + "token";
        make();
    }
    keeper_world(const keeper_world&) = delete;
    keeper_world& operator=(const keeper_world&) = delete;
    ~keeper_world() {
        std::error_code ignored;
        std::filesystem::remove_all(folder, ignored);
    }

    // A keeper as after a start.
    void make() {
        keeper.reset();
        auto made = net::http_client::make(web.settings, [this](auto name, auto) {
            if (std::exchange(fails, false)) throw std::bad_alloc();
            return web.resolve(name);
        });
        REQUIRE(made.has_value());
        http.emplace(std::move(*made));
        keeper.emplace(web.context.get_executor(), *http, refresh_store(folder), metrics);
    }

    static asio::awaitable<std::string> body_of(tcp::socket& socket) {
        auto text = co_await tests::request_of(socket);
        const auto field = text.find("Content-Length: ");
        const auto start = text.find("\r\n\r\n") + 4;
        const auto size = std::stoul(text.substr(field + 16));
        while (text.size() < start + size) {
            std::string more(start + size - text.size(), ' ');
            std::ignore =
                co_await asio::async_read(socket, asio::buffer(more), asio::use_awaitable);
            text += more;
        }
        co_return text.substr(start);
    }

    // The token, or why there is none.
    std::string get(const std::string& name = "ses") {
        std::optional<std::string> found;
        ask(name, [&](const std::string& text) { found = text; });
        web.until([&] { return found.has_value(); });
        return *found;
    }

    void ask(const std::string& name, std::function<void(std::string)> take) {
        keeper->token(name, client, [take](token_keeper::found result) {
            take(result ? *result : "none: " + result.error().text);
        });
    }

    double count(metrics::token_result result) {
        return metrics.relayhost_token_requests_total(metrics.names.index_of("ses"), result)
            .value();
    }

    static std::filesystem::path new_folder() {
        std::string name = std::filesystem::temp_directory_path() / "kurir-oauth-XXXXXX";
        if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no folder");
        return name;
    }

    http_world web;
    std::deque<std::string> answers;  // the last one again and again; empty: the connection ends
    std::vector<std::string> bodies;  // of the requests
    bool hold = false;                // requests are not answered
    bool held = false;
    bool fails = false;  // the next request ends by an exception
    const std::filesystem::path folder = new_folder();
    kurir::metrics::registry registry;
    kurir::metrics::relayhosts metrics{registry, {"ses", "other"}};
    token_client client{.client_id = "id", .client_secret = "hunter2"};
    std::optional<net::http_client> http;
    std::optional<token_keeper> keeper;
};

}  // namespace

TEST_CASE("a token is fetched once and used again", "[oauth][keeper]") {
    keeper_world world;
    world.answers = {token("one"), token("two")};
    CHECK(world.get() == "one");
    CHECK(world.get() == "one");
    CHECK(world.bodies.size() == 1);
    CHECK_THAT(world.bodies.front(), ContainsSubstring("grant_type=client_credentials"));
    CHECK(world.get("other") == "two");
    CHECK(world.count(metrics::token_result::ok) == 1);
}

TEST_CASE("one request at a time serves everybody", "[oauth][keeper]") {
    keeper_world world;
    world.answers = {token("one")};
    std::size_t served = 0;
    for (int i = 0; i < 50; ++i)
        world.ask("ses", [&](const std::string& text) { served += text == "one" ? 1 : 0; });
    world.web.until([&] { return served == 50; });
    CHECK(world.bodies.size() == 1);
}

TEST_CASE("a server that fails is told, and left alone", "[oauth][keeper]") {
    keeper_world world;
    const auto [answer, wanted, refused] = GENERATE(table<std::string, std::string, bool>({
        {"", "no whole answer", false},
        {"SSH-2.0-x\r\n", "no HTTP", false},
        {answer_of(200, "<html>"), "no JSON object", false},
        {answer_of(503, "{}"), "503", false},
        {answer_of(200, std::string(2UL * 1024 * 1024, 'x')), "too large", false},
        {answer_of(200, R"({"access_token":7})"), "no access_token", false},
        {refusal("invalid_client"), "it says invalid_client", true},
    }));
    world.answers = {answer};
    log::capture lines;
    const auto why = world.get();
    CHECK_THAT(why, ContainsSubstring("none: the token server www.example:"));
    CHECK_THAT(why, ContainsSubstring(wanted));
    CHECK(world.get() == why);
    CHECK(world.bodies.size() == 1);
    using result = metrics::token_result;
    CHECK(world.count(refused ? result::refused : result::failed) == 1);
    const auto at = world.metrics.names.index_of("ses");
    CHECK(world.metrics.relayhost_token_failure_timestamp_seconds(at).value() > 0);
    for (const auto& line : lines.lines())
        CHECK_THAT(line, !ContainsSubstring("hunter2"));
}

TEST_CASE("a secret that the server repeats is not logged", "[oauth][keeper]") {
    keeper_world world;
    world.answers = {answer_of(
        401, R"({"error":"invalid_client","error_description":"hunter2 is wrong, 0.first too"})"
    )};
    world.client.refresh_token = "0.first";
    log::capture lines;
    CHECK_THAT(world.get(), ContainsSubstring("*** is wrong, *** too"));
    REQUIRE_FALSE(lines.lines().empty());
    for (const auto& line : lines.lines()) {
        CHECK_THAT(line, !ContainsSubstring("hunter2"));
        CHECK_THAT(line, !ContainsSubstring("0.first"));
    }
}

TEST_CASE("a refresh token that rotates survives a restart", "[oauth][keeper]") {
    keeper_world world;
    world.client.refresh_token = "0.first";
    world.answers = {token("one", R"(,"refresh_token":"0.second")"), token("two")};
    CHECK(world.get() == "one");
    CHECK_THAT(world.bodies.back(), ContainsSubstring("refresh_token=0.first"));
    world.make();
    CHECK(world.get() == "two");
    CHECK_THAT(world.bodies.back(), ContainsSubstring("refresh_token=0.second"));

    SECTION("and one that the operator gives anew replaces it") {
        world.client.refresh_token = "0.anew";
        CHECK(world.get() == "two");
        CHECK_THAT(world.bodies.back(), ContainsSubstring("refresh_token=0.anew"));
    }
    SECTION("and if it is withdrawn, the configured one is tried once") {
        world.answers = {refusal("invalid_grant"), token("three")};
        world.make();
        CHECK(world.get() == "three");
        REQUIRE(world.bodies.size() == 4);
        CHECK_THAT(world.bodies[2], ContainsSubstring("refresh_token=0.second"));
        CHECK_THAT(world.bodies[3], ContainsSubstring("refresh_token=0.first"));
    }
    SECTION("and if neither is good, that is told") {
        world.answers = {refusal("invalid_grant")};
        world.make();
        CHECK_THAT(world.get(), ContainsSubstring("invalid_grant"));
        CHECK(world.bodies.size() == 4);
    }
}

TEST_CASE("a refresh token that was given is kept, whatever happens meanwhile", "[oauth][keeper]") {
    keeper_world world;
    world.client.refresh_token = "0.first";
    world.answers = {token("one", R"(,"refresh_token":"0.second")"), token("two")};
    std::optional<std::string> found;
    world.ask("ses", [](const std::string&) {});
    world.client.client_secret = "another";
    world.ask("ses", [&](const std::string& text) { found = text; });
    world.web.until([&] { return found.has_value(); });
    CHECK(*found == "two");
    REQUIRE(world.bodies.size() == 2);
    CHECK_THAT(world.bodies[1], ContainsSubstring("client_secret=another"));
    CHECK_THAT(world.bodies[1], ContainsSubstring("refresh_token=0.second"));
    world.make();
    CHECK(world.get() == "two");
    CHECK_THAT(world.bodies.back(), ContainsSubstring("refresh_token=0.second"));
}

TEST_CASE("a refresh token that another process was given is used", "[oauth][keeper]") {
    keeper_world world;
    world.client.refresh_token = "0.first";
    world.answers = {token("one"), token("two")};
    CHECK(world.get() == "one");
    CHECK(refresh_store(world.folder).keep("ses", world.client, "0.other").empty());
    CHECK(world.keeper->refused("ses", "one"));
    CHECK(world.get() == "two");
    CHECK_THAT(world.bodies.back(), ContainsSubstring("refresh_token=0.other"));
}

TEST_CASE("a refresh token that is no longer good is not shown again", "[oauth][keeper]") {
    keeper_world world;
    world.client.refresh_token = "0.first";
    CHECK(refresh_store(world.folder).keep("ses", world.client, "0.dead").empty());
    world.answers = {refusal("invalid_grant"), token("one"), token("two")};
    CHECK(world.get() == "one");
    CHECK(world.keeper->refused("ses", "one"));
    CHECK(world.get() == "two");
    REQUIRE(world.bodies.size() == 3);
    CHECK_THAT(world.bodies[0], ContainsSubstring("refresh_token=0.dead"));
    CHECK_THAT(world.bodies[1], ContainsSubstring("refresh_token=0.first"));
    CHECK_THAT(world.bodies[2], ContainsSubstring("refresh_token=0.first"));
}

TEST_CASE("whoever waits is told if asking breaks off", "[oauth][keeper]") {
    keeper_world world;
    world.answers = {token("one")};
    world.fails = true;
    CHECK_THAT(world.get(), ContainsSubstring("bad_alloc"));
    CHECK(world.count(metrics::token_result::failed) == 1);
    world.client.client_secret = "anew";
    CHECK(world.get() == "one");
}

TEST_CASE("a refresh token that can't be kept is used all the same", "[oauth][keeper]") {
    keeper_world world;
    world.client.refresh_token = "0.first";
    world.answers = {token("one", R"(,"refresh_token":"0.second")")};
    std::filesystem::remove_all(world.folder);
    log::capture lines;
    CHECK(world.get() == "one");
    bool told = false;
    for (const auto& line : lines.lines()) {
        told = told || line.find("not_kept") != std::string::npos;
        CHECK_THAT(line, !ContainsSubstring("0.second"));
    }
    CHECK(told);
}

TEST_CASE("a token that the relayhost refused is fetched anew once", "[oauth][keeper]") {
    keeper_world world;
    world.answers = {token("one"), token("two"), token("three")};
    CHECK(world.get() == "one");
    CHECK(world.keeper->refused("ses", "one"));
    CHECK(world.get() == "two");
    CHECK_FALSE(world.keeper->refused("ses", "two"));
    CHECK(world.get() == "two");
    CHECK(world.bodies.size() == 2);
    world.keeper->accepted("ses", "two");
    CHECK(world.keeper->refused("ses", "two"));
    CHECK(world.get() == "three");
}

TEST_CASE("a new secret starts anew, even while the old one is tried", "[oauth][keeper]") {
    keeper_world world;
    world.answers = {refusal("invalid_client")};
    CHECK_THAT(world.get(), ContainsSubstring("invalid_client"));
    world.answers = {token("one")};
    world.client.client_secret = "right";
    CHECK(world.get() == "one");
    CHECK_THAT(world.bodies.back(), ContainsSubstring("client_secret=right"));

    std::vector<std::string> found;
    world.client.client_secret = "third";
    world.answers = {token("three"), token("four")};
    world.ask("ses", [&](const std::string& text) { found.push_back(text); });
    world.client.client_secret = "fourth";
    world.ask("ses", [&](const std::string& text) { found.push_back(text); });
    world.web.until([&] { return found.size() == 2; });
    CHECK_THAT(world.bodies.back(), ContainsSubstring("client_secret=fourth"));
}

TEST_CASE("whoever waits when the relay stops is told", "[oauth][keeper]") {
    keeper_world world;
    world.hold = true;
    std::optional<std::string> found;
    world.ask("ses", [&](const std::string& text) { found = text; });
    world.web.until([&] { return world.held; });
    CHECK_FALSE(found);
    world.keeper->stop();
    REQUIRE(found);
    CHECK_THAT(*found, ContainsSubstring("shutting down"));
    CHECK_THAT(world.get(), ContainsSubstring("shutting down"));
    bool ended = false;
    asio::co_spawn(world.web.context, world.keeper->join(), [&](std::exception_ptr) {
        ended = true;
    });
    world.web.until([&] { return ended; });
    CHECK(world.count(metrics::token_result::failed) == 0);
}
