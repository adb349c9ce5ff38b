// A session whose client has a permission: each check at its command, and what is counted.
#include <string>

#include "relay/log/log.hpp"
#include "tests/inbound/server_world.hpp"
#include "tests/support/permissions.hpp"

using namespace kurir;
using namespace tests;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;
using refused = metrics::permission_refusal;

namespace {

config::config permitting(const char* lines) {
    auto config = usual_config();
    config.permissions = permissions_of(lines);
    return config;
}

double refusals(server_world& world, refused reason) {
    return world.metrics.permission_refusals_total(reason).value();
}

// The reply to a whole message.
asio::awaitable<std::string> send(
    test_client& client,
    std::string_view text,
    std::string_view sender = "a@good.example",
    std::string_view recipient = "b@remote.example"
) {
    auto answer = co_await client.ask("MAIL FROM:<" + std::string(sender) + ">");
    if (!answer.starts_with("250")) co_return answer;
    answer = co_await client.ask("RCPT TO:<" + std::string(recipient) + ">");
    if (!answer.starts_with("250")) {
        std::ignore = co_await client.ask("RSET");
        co_return answer;
    }
    answer = co_await client.ask("DATA");
    REQUIRE(answer.starts_with("354"));
    co_return co_await client.ask(std::string(text) + "\r\n.");
}

constexpr auto plain_message = "From: a@good.example\r\n\r\nx";

}  // namespace

TEST_CASE("a sender that is not permitted is refused at MAIL, a recipient at RCPT", "[inbound]") {
    auto config = permitting("# lines\n127.0.0.0/8 from=@good.example to=@remote.example");
    serve(std::move(config), [](server_world& world) -> asio::awaitable<void> {
        log::capture captured;
        auto client = co_await world.greeted();
        std::ignore = co_await client->ask("EHLO x.example");
        const auto sender = co_await client->ask("MAIL FROM:<a@bad.example>");
        CHECK(sender == "550 5.7.1 You may not send with this sender address\r\n");
        const auto good = co_await client->ask("MAIL FROM:<A@Good.Example>");
        CHECK_THAT(good, StartsWith("250"));
        const auto recipient = co_await client->ask("RCPT TO:<x@other.example>");
        CHECK(recipient == "550 5.7.1 You may not send to this address\r\n");
        const auto other = co_await client->ask("RCPT TO:<x@remote.example>");
        CHECK_THAT(other, StartsWith("250"));
        CHECK(refusals(world, refused::sender) == 1);
        CHECK(refusals(world, refused::recipient) == 1);
        CHECK(
            world.metrics
                .smtp_rejects_total(metrics::reject_stage::mail, metrics::reject_reason::permission)
                .value() == 1
        );
        std::string log;
        for (const auto& line : captured.lines())
            log += line;
        CHECK_THAT(log, ContainsSubstring("change from= in line 2 of KURIR_PERMISSIONS"));
        CHECK_THAT(log, ContainsSubstring("change to= in line 2 of KURIR_PERMISSIONS"));
    });
}

TEST_CASE("the authors are judged when the message has come", "[inbound]") {
    serve(permitting("* from=@good.example"), [](server_world& world) -> asio::awaitable<void> {
        auto client = co_await world.greeted();
        std::ignore = co_await client->ask("EHLO x.example");
        const auto good = co_await send(*client, plain_message);
        CHECK_THAT(good, StartsWith("250"));
        const auto missing = co_await send(*client, "Subject: x\r\n\r\nx");
        CHECK_THAT(missing, StartsWith("250"));
        const auto bounce = co_await send(*client, plain_message, "");
        CHECK_THAT(bounce, StartsWith("250"));
        for (const auto* header : {
                 "From: a@bad.example",
                 "From: \"a@good.example\"\r\n <a@bad.example>",
                 "From: a@good.example, a@bad.example",
                 "From: a@good.example\r\nFrom: a@bad.example",
                 "From: Team: a@good.example, a@bad.example;",
                 "From: a@good.example <",
             }) {
            CAPTURE(header);
            const auto bad = co_await send(*client, std::string(header) + "\r\n\r\nx");
            CHECK(bad == "550 5.7.1 You may not send with this address in From:\r\n");
        }
        const auto nobody = co_await send(*client, "Subject: x\r\n\r\nx", "");
        CHECK_THAT(nobody, StartsWith("550 5.7.1"));
        CHECK(world.store.committed.size() == 3);
        CHECK(refusals(world, refused::author) == 7);
    });
}

TEST_CASE("a size that is not permitted is refused when it is known", "[inbound]") {
    serve(permitting("* max_size=1K"), [](server_world& world) -> asio::awaitable<void> {
        auto client = co_await world.greeted();
        std::ignore = co_await client->ask("EHLO x.example");
        const auto declared = co_await client->ask("MAIL FROM:<a@good.example> SIZE=1025");
        CHECK(declared == "552 5.3.4 Message is too big\r\n");
        const auto large = co_await send(*client, "\r\n" + std::string(1100, 'x'));
        CHECK(large == "552 5.3.4 Message is too big\r\n");
        const auto small = co_await send(*client, "\r\n" + std::string(900, 'x'));
        CHECK_THAT(small, StartsWith("250"));
        CHECK(refusals(world, refused::size) == 2);
    });
}

TEST_CASE("a client that may not relay is refused like a stranger", "[inbound]") {
    serve(permitting("127.0.0.1 relay=no"), [](server_world& world) -> asio::awaitable<void> {
        auto client = co_await world.greeted();
        std::ignore = co_await client->ask("EHLO x.example");
        const auto answer = co_await send(*client, plain_message);
        CHECK(answer == "550 5.7.1 Relay access denied\r\n");
        CHECK(refusals(world, refused::relay) == 1);
    });
}

TEST_CASE("a rate counts stored messages only", "[inbound]") {
    serve(permitting("* rate=2/d"), [](server_world& world) -> asio::awaitable<void> {
        auto client = co_await world.greeted();
        std::ignore = co_await client->ask("EHLO x.example");
        for (int i = 0; i < 3; ++i) {
            const auto begun = co_await client->ask("MAIL FROM:<a@good.example>");
            CHECK_THAT(begun, StartsWith("250"));
            std::ignore = co_await client->ask("RSET");
        }
        world.store.commit_error = queue::errc::failed;
        const auto failed = co_await send(*client, plain_message);
        CHECK_THAT(failed, StartsWith("451"));
        world.store.commit_error = {};
        // Two sessions at a time: what MAIL could not know is found at the end of the message.
        auto other = co_await world.greeted();
        co_await other->begin_message();
        const auto first = co_await send(*client, plain_message);
        const auto second = co_await send(*client, plain_message);
        CHECK_THAT(first, StartsWith("250"));
        CHECK_THAT(second, StartsWith("250"));
        const auto late = co_await other->ask("Subject: x\r\n\r\nx\r\n.");
        CHECK_THAT(late, StartsWith("450 4.7.1 Too many messages"));
        const auto third = co_await send(*client, plain_message);
        CHECK_THAT(third, StartsWith("450 4.7.1 Too many messages of this client, try again in 8"));
        CHECK(world.store.committed.size() == 2);
        CHECK(refusals(world, refused::rate) == 2);
    });
}

TEST_CASE("different recipients are limited within a message and over messages", "[inbound]") {
    serve(permitting("* distinct=2/d"), [](server_world& world) -> asio::awaitable<void> {
        auto client = co_await world.greeted();
        std::ignore = co_await client->ask("EHLO x.example");
        std::ignore = co_await client->ask("MAIL FROM:<a@good.example>");
        for (const auto* good : {"u1", "u2", "U1", "u2"}) {
            const auto answer =
                co_await client->ask("RCPT TO:<" + std::string(good) + "@remote.example>");
            CHECK_THAT(answer, StartsWith("250"));
        }
        const auto more = co_await client->ask("RCPT TO:<u3@remote.example>");
        CHECK_THAT(more, StartsWith("450 4.7.1 Too many different recipients"));
        std::ignore = co_await client->ask("RSET");

        // They were not sent anything.
        const auto third =
            co_await send(*client, plain_message, "a@good.example", "u3@remote.example");
        CHECK_THAT(third, StartsWith("250"));
        const auto first =
            co_await send(*client, plain_message, "a@good.example", "u1@remote.example");
        CHECK_THAT(first, StartsWith("250"));
        const auto second =
            co_await send(*client, plain_message, "a@good.example", "u2@remote.example");
        CHECK_THAT(second, StartsWith("450 4.7.1"));
        const auto again =
            co_await send(*client, plain_message, "a@good.example", "U3@remote.example");
        CHECK_THAT(again, StartsWith("250"));
        CHECK(refusals(world, refused::distinct) == 2);
    });
}

TEST_CASE("priority and route of a permission", "[inbound]") {
    auto config = permitting("* priority=urgent route=ses");
    config.relayhosts["ses"] = {};
    serve(std::move(config), [](server_world& world) -> asio::awaitable<void> {
        auto client = co_await world.greeted();
        std::ignore = co_await client->ask("EHLO x.example");
        std::ignore = co_await send(*client, plain_message);
        std::ignore = co_await send(*client, "X-Kurir-Priority: bulk\r\n\r\nx");
        REQUIRE(world.store.committed.size() == 2);
        const auto& first = world.store.committed[0].deliveries[0];
        CHECK(first.priority == queue::priority::urgent);
        CHECK(first.terms->route == "ses");
        // What the message asks for comes first.
        CHECK(world.store.committed[1].deliveries[0].priority == queue::priority::bulk);
    });
}

TEST_CASE("a stranger learns nothing of permissions", "[inbound]") {
    auto config = permitting("* from=@good.example");
    config.trusted_networks = {};
    serve(std::move(config), [](server_world& world) -> asio::awaitable<void> {
        auto client = co_await world.greeted();
        std::ignore = co_await client->ask("EHLO x.example");
        const auto sender = co_await client->ask("MAIL FROM:<a@bad.example>");
        CHECK_THAT(sender, StartsWith("250"));
        const auto recipient = co_await client->ask("RCPT TO:<b@remote.example>");
        CHECK(recipient == "550 5.7.1 Relay access denied\r\n");
        CHECK(refusals(world, refused::sender) == 0);
    });
}
