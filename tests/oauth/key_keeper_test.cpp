// The keeper of an issuer's keys against a server on loopback that does what the test says.
#include "relay/oauth/key_keeper.hpp"

#include <new>
#include <optional>
#include <string>
#include <utility>

#include "relay/log/log.hpp"
#include "tests/net/http_world.hpp"
#include "tests/support/log_lines.hpp"
#include "tests/tokens/signer.hpp"

using namespace kurir;
using namespace kurir::oauth;
using Catch::Matchers::ContainsSubstring;
using tests::all_of;
using tests::answer_of;
using tests::http_world;
using tests::tcp;
namespace asio = boost::asio;

namespace {

std::string keys_of(std::size_t count) {
    static const auto key = tests::signer::p256();
    std::string all;
    for (std::size_t i = 0; i < count; ++i)
        all += (all.empty() ? "" : ",") + key.key("key" + std::to_string(i));
    return answer_of(200, "{\"keys\":[" + all + "]}");
}

struct key_world {
    key_world() {
        web.serve([this](tcp::socket& socket) -> asio::awaitable<void> {
            last_request = co_await tests::request_of(socket);
            ++requests;
            if (hold) {
                asio::steady_timer forever(web.context, std::chrono::hours(1));
                std::ignore = co_await forever.async_wait(net::as_result);
                co_return;
            }
            std::ignore = co_await tests::say(socket, answer);
        });
        auto made = net::http_client::make(web.settings, [this](auto name, auto) {
            if (std::exchange(throws, false)) throw std::bad_alloc();
            return web.resolve(name);
        });
        REQUIRE(made.has_value());
        http.emplace(std::move(*made));
        keeper.emplace(
            web.context.get_executor(),
            *http,
            web.url() + "keys?secret=hush",
            key_keeper::events{
                .fetched =
                    [this](key_keeper::shared_keys fetched) {
                        keys = std::move(fetched);
                        ++news;
                    },
                .failed = [this] { ++news; },
            }
        );
    }
    key_world(const key_world&) = delete;
    key_world& operator=(const key_world&) = delete;
    ~key_world() { stop(); }

    void await_news(std::size_t count) {
        web.until([&] { return news == count; });
    }

    // Somebody names a key that is not there. True once there is an answer.
    void renew() {
        ++asked;
        const auto task = [](key_world& world) -> asio::awaitable<void> {
            co_await world.keeper->renew();
            ++world.served;
        };
        web.start(task(*this));
    }

    void stop() {
        bool over = false;
        const auto task = [](key_world& world, bool& over) -> asio::awaitable<void> {
            world.keeper->stop();
            co_await world.keeper->join();
            over = true;
        };
        web.start(task(*this, over));
        web.until([&] { return over; });
    }

    http_world web;
    std::string answer = keys_of(1);
    std::string last_request;
    std::size_t requests = 0;
    bool hold = false;    // requests are not answered
    bool throws = false;  // the next request ends by an exception
    std::size_t news = 0;
    std::size_t asked = 0;
    std::size_t served = 0;
    key_keeper::shared_keys keys;
    std::optional<net::http_client> http;
    std::optional<key_keeper> keeper;
};

}  // namespace

TEST_CASE("keys are fetched at the start", "[oauth][keys]") {
    log::capture lines;
    key_world world;
    world.keeper->start();
    world.await_news(1);
    REQUIRE(world.keys);
    CHECK(world.keys->size() == 1);
    CHECK(world.keeper->trouble().empty());
    CHECK_THAT(world.last_request, ContainsSubstring("GET /keys?secret=hush HTTP/1.1\r\n"));
    CHECK_THAT(all_of(lines), ContainsSubstring("\"what\":\"loaded\""));
    CHECK_THAT(all_of(lines), !ContainsSubstring("hush"));
}

TEST_CASE("all who miss a key wait for one fetch", "[oauth][keys]") {
    key_world world;
    for (int i = 0; i < 20; ++i)
        world.renew();
    world.keeper->start();
    for (int i = 0; i < 20; ++i)
        world.renew();
    world.web.until([&] { return world.served == world.asked; });
    CHECK(world.requests == 1);
    CHECK(world.keys);
}

TEST_CASE("a key that nobody has causes no fetch so soon", "[oauth][keys]") {
    key_world world;
    world.keeper->start();
    world.await_news(1);
    for (int i = 0; i < 20; ++i)
        world.renew();
    world.web.until([&] { return world.served == world.asked; });
    CHECK(world.requests == 1);
}

TEST_CASE("an operator may ask at any time", "[oauth][keys]") {
    key_world world;
    world.keeper->start();
    world.await_news(1);
    world.answer = keys_of(3);
    world.keeper->fetch_now();
    world.await_news(2);
    CHECK(world.keys->size() == 3);
}

TEST_CASE("a failure is told, and the keys of before stay", "[oauth][keys]") {
    const auto [answer, why] = GENERATE(table<std::string, std::string>({
        {answer_of(404, "gone"), "status 404"},
        {answer_of(302, ""), "status 302"},
        {answer_of(200, "<html>"), "is no set of JSON Web Keys"},
        {answer_of(200, R"({"keys":[]})"), "has no key"},
        {answer_of(200, std::string(2UL * 1024 * 1024, '[')), "too large"},
        {"SSH-2.0-x\r\n", "no HTTP"},
    }));
    log::capture lines;
    key_world world;
    world.keeper->start();
    world.await_news(1);
    world.answer = answer;
    world.keeper->fetch_now();
    world.await_news(2);
    REQUIRE(world.keys);
    CHECK(world.keys->size() == 1);
    CHECK_THAT(world.keeper->trouble(), ContainsSubstring(why));
    CHECK_THAT(all_of(lines), ContainsSubstring("\"what\":\"failed\""));
    world.answer = keys_of(1);
    world.keeper->fetch_now();
    world.await_news(3);
    CHECK(world.keeper->trouble().empty());
}

TEST_CASE("an exception is a failure like others", "[oauth][keys]") {
    key_world world;
    world.throws = true;
    world.keeper->start();
    world.await_news(1);
    CHECK_FALSE(world.keeper->trouble().empty());
    world.keeper->fetch_now();
    world.await_news(2);
    CHECK(world.keys);
}

TEST_CASE("the end does not wait for a server, and serves who waits", "[oauth][keys]") {
    key_world world;
    world.hold = GENERATE(true, false);
    world.keeper->start();
    if (world.hold) {
        world.renew();
        world.web.until([&] { return world.requests == 1; });
    } else {
        world.await_news(1);
    }
    world.stop();
    world.renew();
    world.web.until([&] { return world.served == world.asked; });
    CHECK(world.keeper->trouble().empty());
}
