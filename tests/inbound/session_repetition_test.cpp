// Messages that their client sends again by X-Kurir-Idempotency-Key.
#include "tests/inbound/server_world.hpp"

using namespace kurir;
using namespace tests;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;

namespace {

const std::string keyed = "X-Kurir-Idempotency-Key: order 4711\r\nSubject: x\r\n\r\nbody\r\n.";

asio::awaitable<std::string> sent(
    test_client& client, const std::vector<std::string>& recipients, const std::string& message
) {
    CHECK_THAT(co_await client.ask("MAIL FROM:<a@client.example>"), StartsWith("250"));
    for (const auto& each : recipients)
        CHECK_THAT(co_await client.ask("RCPT TO:<" + each + ">"), StartsWith("250"));
    CHECK_THAT(co_await client.ask("DATA"), StartsWith("354"));
    co_return co_await client.ask(message);
}

std::vector<std::string> recipients_of(const queue::submission& message) {
    std::vector<std::string> all;
    for (const auto& each : message.mail.recipients)
        all.push_back(each.address);
    return all;
}

using addresses = std::vector<std::string>;

}  // namespace

TEST_CASE("A message that is sent again by its key is stored once", "[inbound]") {
    const log::capture captured;
    serve(usual_config(), [](server_world& world) -> asio::awaitable<void> {
        auto client = co_await world.greeted();
        co_await client->ask("EHLO client.example");
        const auto first = co_await sent(*client, {"b@remote.example"}, keyed);
        CHECK_THAT(first, StartsWith("250 2.0.0 Ok: queued as "));
        CHECK(co_await sent(*client, {"b@remote.example"}, keyed) == first);
        // Also with another text: a client that makes its message anew says that it is the same.
        CHECK(co_await sent(*client, {"b@REMOTE.example"}, "Subject: y\r\n" + keyed) == first);
        REQUIRE(world.store.committed.size() == 1);
        const auto& stored = world.store.committed.front();
        CHECK(stored.mail.extras->idempotency_key == "order 4711");
        CHECK_THAT(stored.last_chunk, !ContainsSubstring("order 4711"));
        CHECK(world.metrics.messages_repeated_total.value() == 2);

        // Without it, and with another one, it is another message.
        CHECK(co_await sent(*client, {"b@remote.example"}, "Subject: x\r\n\r\nbody\r\n.") != first);
        const auto other = "X-Kurir-Idempotency-Key: order 4712\r\n\r\nbody\r\n.";
        CHECK(co_await sent(*client, {"b@remote.example"}, other) != first);
        const auto empty = "X-Kurir-Idempotency-Key:\r\n\r\nbody\r\n.";
        for (int i = 0; i < 2; ++i)
            CHECK_THAT(co_await sent(*client, {"b@remote.example"}, empty), StartsWith("250"));
        CHECK(world.store.committed.size() == 5);
    });
    const auto all = all_of(captured);
    CHECK_THAT(all, ContainsSubstring("\"event\":\"repeated\""));
    CHECK_THAT(all, ContainsSubstring("\"idempotency_key\":\"order 4711\""));
}

TEST_CASE("Recipients that are new to a key get the message, the others don't", "[inbound]") {
    const log::capture captured;
    auto config = usual_config();
    const bool redirected = GENERATE(false, true);
    if (redirected) config.redirect_all_to = "qa@staging.example";
    serve(std::move(config), [redirected](server_world& world) -> asio::awaitable<void> {
        auto client = co_await world.greeted();
        co_await client->ask("EHLO client.example");
        const auto first = co_await sent(*client, {"b@remote.example", "c@remote.example"}, keyed);
        const auto second = co_await sent(
            *client, {"d@remote.example", "c@remote.example", "e@other.example"}, keyed
        );
        CHECK_THAT(second, StartsWith("250"));
        CHECK(second != first);
        REQUIRE(world.store.committed.size() == 2);
        const auto& more = world.store.committed.back();
        const addresses wanted = redirected ? addresses{"qa@staging.example"}
                                            : addresses{"d@remote.example", "e@other.example"};
        CHECK(recipients_of(more) == wanted);
        CHECK(more.deliveries.size() == wanted.size());
        CHECK(co_await sent(*client, {"c@remote.example"}, keyed) == first);
        CHECK(co_await sent(*client, {"e@other.example"}, keyed) == second);
        // Of several: the one that the first of them got.
        CHECK(co_await sent(*client, {"e@other.example", "b@remote.example"}, keyed) == second);
        CHECK(world.store.committed.size() == 2);
    });
    CHECK_THAT(all_of(captured), ContainsSubstring("\"recipients_before\":1"));
}

TEST_CASE("A blind copy goes with what is new to a key", "[inbound]") {
    auto config = usual_config();
    REQUIRE_FALSE(config::copy_rules::read("archive@client.example", config.always_bcc));
    serve(std::move(config), [](server_world& world) -> asio::awaitable<void> {
        auto client = co_await world.greeted();
        co_await client->ask("EHLO client.example");
        co_await sent(*client, {"b@remote.example"}, keyed);
        co_await sent(*client, {"b@remote.example", "c@remote.example"}, keyed);
        REQUIRE(world.store.committed.size() == 2);
        const addresses wanted{"c@remote.example", "archive@client.example"};
        CHECK(recipients_of(world.store.committed.back()) == wanted);
        co_await sent(*client, {"b@remote.example", "c@remote.example"}, keyed);
        CHECK(world.store.committed.size() == 2);
    });
}

TEST_CASE("A message that overtakes itself by another session is stored once", "[inbound]") {
    serve(usual_config(), [](server_world& world) -> asio::awaitable<void> {
        auto slow = co_await world.greeted();
        auto quick = co_await world.greeted();
        for (auto* client : {slow.get(), quick.get()})
            co_await client->begin_message();
        // The name is given after the slow one has looked for it.
        world.store.hold_commits = true;
        co_await slow->send(keyed + "\r\n");
        co_await quick->send(keyed + "\r\n");
        for (int i = 0; i < 100 && world.store.held() < 2; ++i)
            co_await settle();
        REQUIRE(world.store.held() == 2);
        world.store.release();
        const auto first = co_await slow->reply();
        CHECK_THAT(first, StartsWith("250 2.0.0 Ok: queued as "));
        CHECK(co_await quick->reply() == first);
        CHECK(world.store.committed.size() == 1);
        CHECK(world.metrics.messages_repeated_total.value() == 1);
    });
}

TEST_CASE("If nobody knows whether a key was used, its message waits", "[inbound]") {
    serve(usual_config(), [](server_world& world) -> asio::awaitable<void> {
        auto client = co_await world.greeted();
        co_await client->ask("EHLO client.example");
        world.store.names_error = queue::errc::closed;
        const auto refused = co_await sent(*client, {"b@remote.example"}, keyed);
        CHECK(refused == "451 4.3.0 Message could not be stored, try later\r\n");
        CHECK(world.store.committed.empty());
        world.store.names_error.reset();
        CHECK_THAT(co_await sent(*client, {"b@remote.example"}, keyed), StartsWith("250"));
    });
}

TEST_CASE("A key may have 255 bytes, and a longer one is refused", "[inbound]") {
    serve(usual_config(), [](server_world& world) -> asio::awaitable<void> {
        auto client = co_await world.greeted();
        co_await client->ask("EHLO client.example");
        const auto keyed_by = [](std::size_t size) {
            return "X-Kurir-Idempotency-Key: " + std::string(size, 'k') + "\r\n\r\nbody\r\n.";
        };
        const auto longest = co_await sent(*client, {"b@remote.example"}, keyed_by(255));
        CHECK_THAT(longest, StartsWith("250"));
        CHECK(co_await sent(*client, {"b@remote.example"}, keyed_by(255)) == longest);
        for (const auto size : {256, 9000}) {
            const auto refused = co_await sent(
                *client, {"b@remote.example"}, keyed_by(static_cast<std::size_t>(size))
            );
            CHECK(refused == "554 5.6.0 X-Kurir-Idempotency-Key is longer than 255 bytes\r\n");
        }
        CHECK(world.store.committed.size() == 1);
    });
}

TEST_CASE("Chunks of a large message that is sent again are discarded", "[inbound]") {
    serve(usual_config(), [](server_world& world) -> asio::awaitable<void> {
        auto client = co_await world.greeted();
        co_await client->ask("EHLO client.example");
        std::string large = "X-Kurir-Idempotency-Key: large\r\n\r\n";
        for (int i = 0; i < 10'000; ++i)
            large += std::string(60, 'x') + "\r\n";
        large += ".";
        const auto first = co_await sent(*client, {"b@remote.example"}, large);
        CHECK_THAT(first, StartsWith("250"));
        CHECK(world.store.discards == 0);
        CHECK(co_await sent(*client, {"b@remote.example"}, large) == first);
        CHECK(world.store.discards == 1);
        CHECK(world.store.committed.size() == 1);
    });
}
