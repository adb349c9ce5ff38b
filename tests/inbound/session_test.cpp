#include "relay/inbound/session.hpp"

#include <algorithm>

#include "relay/log/log.hpp"
#include "relay/message/intake.hpp"
#include "tests/inbound/server_world.hpp"

using namespace kurir;
using namespace tests;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;

namespace {

std::string repeated_line(std::size_t size) {
    std::string text;
    while (text.size() < size)
        text += std::string(98, 'x') + "\r\n";
    return text;
}

double received(server_world& world, metrics::priority priority) {
    return world.metrics.messages_received_total(metrics::message_source::smtp, priority).value();
}

}  // namespace

TEST_CASE("S030 250 is said only when the store has the message", "[inbound]") {
    serve(usual_config(), [](server_world& world) -> asio::awaitable<void> {
        world.store.hold_commits = true;
        auto client = co_await world.greeted();
        co_await client->begin_message();
        co_await client->send("Subject: x\r\n\r\n.\r\nNOOP\r\n");
        while (world.store.held() == 0)
            co_await settle();
        CHECK(world.store.committed.empty());
        CHECK(received(world, metrics::priority::normal) == 0);

        world.store.release();
        const auto end = co_await client->reply();
        const auto next = co_await client->reply();

        REQUIRE(world.store.committed.size() == 1);
        const auto& mail = world.store.committed[0].mail;
        CHECK(end == "250 2.0.0 Ok: queued as " + mail.id.text() + "\r\n");
        CHECK(next == "250 2.0.0 Ok\r\n");
        CHECK(mail.recipients == std::vector<queue::recipient>{{"b@remote.example"}});
        CHECK(mail.client == "127.0.0.1");
        CHECK(world.store.committed[0].deliveries[0].tenant == "127.0.0.1 client.example");
        CHECK(received(world, metrics::priority::normal) == 1);
    });
}

TEST_CASE("S031 decision 7: a store that fails is answered with 4yz", "[inbound]") {
    struct failure {
        queue::errc error;
        const char* reply;
    };
    const auto expected = GENERATE(
        failure{queue::errc::full, "452 4.3.1"},
        failure{queue::errc::busy, "452 4.3.1"},
        failure{queue::errc::failed, "451 4.3.0"},
        failure{queue::errc::closed, "451 4.3.0"}
    );
    serve(usual_config(), [expected](server_world& world) -> asio::awaitable<void> {
        world.store.commit_error = expected.error;
        auto client = co_await world.greeted();
        co_await client->begin_message();
        const auto answer = co_await client->ask("Subject: x\r\n\r\n.");
        CHECK_THAT(answer, StartsWith(expected.reply));
        const auto next = co_await client->ask("DATA");
        CHECK_THAT(next, StartsWith("503"));
    });
}

TEST_CASE("S056 while the store is closed clients are told so at once", "[inbound]") {
    serve(usual_config(), [](server_world& world) -> asio::awaitable<void> {
        world.store.reported_state = queue::store_state::reopening;
        auto client = co_await world.connect();
        const auto greeting = co_await client->reply();
        CHECK_THAT(greeting, StartsWith("421 4.3.0 relay.test"));
        const auto end = co_await client->reply();
        CHECK(end == "closed");
    });
}

TEST_CASE("A message of many chunks is stored as it comes, whole", "[inbound]") {
    serve(usual_config(), [](server_world& world) -> asio::awaitable<void> {
        std::string body;
        while (body.size() < 1'500'000)
            body += std::to_string(body.size()) + ".\r\n";
        auto client = co_await world.greeted();
        co_await client->begin_message();
        co_await client->send("Subject: x\r\n\r\n");
        co_await client->send(body);
        const auto answer = co_await client->ask(".");

        CHECK_THAT(answer, StartsWith("250 2.0.0"));
        REQUIRE(world.store.committed.size() == 1);
        const auto& stored = world.store.committed[0];
        CHECK(stored.mail.chunks == world.store.chunks.size() + 1);
        std::string whole;
        for (const auto& [index, chunk] : world.store.chunks)
            whole += chunk;
        whole += stored.last_chunk;
        CHECK(whole.size() == stored.mail.size);
        CHECK(whole.substr(stored.mail.header_size) == body);
        CHECK(world.store.discards == 0);
    });
}

TEST_CASE("A busy store is waited for", "[inbound]") {
    net::virtual_clock clock;
    serve(usual_config(), [&clock](server_world& world) -> asio::awaitable<void> {
        world.store.append_error = queue::errc::busy;
        auto client = co_await world.greeted();
        co_await client->begin_message();
        const std::string text = "Subject: x\r\n\r\n" + repeated_line(300'000) + ".\r\n";
        co_await client->send(text);
        while (world.store.appends < 3) {
            clock.advance(100ms);
            co_await settle();
        }
        world.store.append_error.reset();
        clock.advance(100ms);

        const auto answer = co_await client->reply();
        CHECK_THAT(answer, StartsWith("250 2.0.0"));
    });
}

TEST_CASE(
    "A store that stays busy is answered with 452, and its chunks are given back", "[inbound]"
) {
    net::virtual_clock clock;
    serve(usual_config(), [&clock](server_world& world) -> asio::awaitable<void> {
        world.store.append_error = queue::errc::busy;
        auto client = co_await world.greeted();
        co_await client->begin_message();
        const std::string text = "Subject: x\r\n\r\n" + repeated_line(300'000) + ".\r\n";
        co_await client->send(text);
        while (world.store.discards == 0) {
            clock.advance(10s);
            co_await settle();
        }
        const auto answer = co_await client->reply();
        CHECK_THAT(answer, StartsWith("452 4.3.1"));
        const auto next = co_await client->ask("NOOP");
        CHECK_THAT(next, StartsWith("250"));
    });
}

TEST_CASE("S043 a command that does not come gets 421 4.4.2", "[inbound]") {
    net::virtual_clock clock;
    serve(usual_config(), [&clock](server_world& world) -> asio::awaitable<void> {
        auto client = co_await world.greeted();
        clock.advance(5min + 1s);
        const auto answer = co_await client->reply();
        CHECK(answer == "421 4.4.2 relay.test Timeout, closing\r\n");
        const auto end = co_await client->reply();
        CHECK(end == "closed");
        client.reset();
        while (world.server.sessions() > 0)
            co_await settle();
        CHECK(world.metrics.smtp_sessions_closed_total(metrics::session_end::timeout).value() == 1);
    });
}

TEST_CASE("S043 bytes that trickle in do not prolong the time of a command", "[inbound]") {
    net::virtual_clock clock;
    serve(usual_config(), [&clock](server_world& world) -> asio::awaitable<void> {
        auto client = co_await world.greeted();
        for (int minute = 0; minute < 4; ++minute) {
            co_await client->send("N");
            co_await settle();
            clock.advance(1min);
            co_await settle();
        }
        clock.advance(61s);
        const auto answer = co_await client->reply();
        CHECK_THAT(answer, StartsWith("421 4.4.2"));
    });
}

TEST_CASE("S043 the whole session has its time, too", "[inbound]") {
    net::virtual_clock clock;
    serve(usual_config(), [&clock](server_world& world) -> asio::awaitable<void> {
        auto client = co_await world.greeted();
        for (int minute = 0; minute < 60; minute += 4) {
            const auto answer = co_await client->ask("NOOP");
            CHECK_THAT(answer, StartsWith("250"));
            clock.advance(4min);
        }
        const auto answer = co_await client->reply();
        CHECK_THAT(answer, StartsWith("421 4.4.2"));
    });
}

TEST_CASE("S044 a client that goes away in the middle of a message leaves nothing", "[inbound]") {
    serve(usual_config(), [](server_world& world) -> asio::awaitable<void> {
        auto client = co_await world.greeted();
        co_await client->begin_message();
        const std::string text = "Subject: x\r\n\r\n" + repeated_line(300'000);
        co_await client->send(text);
        while (world.store.appends == 0)
            co_await settle();
        client->close();
        while (world.server.sessions() > 0)
            co_await settle();

        CHECK(world.store.committed.empty());
        CHECK(world.store.discards == 1);
        CHECK(
            world.metrics.smtp_sessions_closed_total(metrics::session_end::client_lost).value() == 1
        );
    });
}

TEST_CASE(
    "S045 a client that goes away after the end of data does not take its mail along", "[inbound]"
) {
    serve(usual_config(), [](server_world& world) -> asio::awaitable<void> {
        world.store.hold_commits = true;
        auto client = co_await world.greeted();
        co_await client->begin_message();
        co_await client->send("Subject: x\r\n\r\n.\r\n");
        while (world.store.held() == 0)
            co_await settle();
        client->close();
        co_await settle();
        world.store.release();
        while (world.server.sessions() > 0)
            co_await settle();

        CHECK(world.store.committed.size() == 1);
        CHECK(world.store.discards == 0);
    });
}

TEST_CASE("What happened is logged and counted", "[inbound]") {
    const log::capture captured;
    serve(usual_config(), [](server_world& world) -> asio::awaitable<void> {
        auto client = co_await world.greeted();
        const auto refused = co_await client->ask("RCPT TO:<b@remote.example>");
        CHECK_THAT(refused, StartsWith("503"));
        co_await client->begin_message();
        const auto stored = co_await client->ask("Message-ID: <m@client.example>\r\n\r\n.");
        CHECK_THAT(stored, StartsWith("250"));
        const auto bye = co_await client->ask("QUIT");
        CHECK_THAT(bye, StartsWith("221"));
        client->close();
        while (world.server.sessions() > 0)
            co_await settle();

        auto& seen = world.metrics;
        using stage = metrics::reject_stage;
        using reason = metrics::reject_reason;
        CHECK(seen.smtp_rejects_total(stage::rcpt, reason::bad_sequence).value() == 1);
        using command = metrics::smtp_command;
        CHECK(seen.smtp_commands_total(command::mail, metrics::reply_class::success).value() == 1);
        CHECK(seen.smtp_sessions_closed_total(metrics::session_end::quit).value() == 1);
        CHECK(seen.smtp_accept_duration_seconds.count() == 1);
        CHECK(seen.message_size_bytes.count() == 1);
    });

    const auto all = all_of(captured);
    CHECK_THAT(all, ContainsSubstring("\"rejected\""));
    CHECK_THAT(all, ContainsSubstring("\"reason\":\"bad_sequence\""));
    CHECK_THAT(all, ContainsSubstring("\"received\""));
    CHECK_THAT(all, ContainsSubstring("\"message_id\":\"<m@client.example>\""));
    CHECK_THAT(all, ContainsSubstring("\"reason\":\"quit\""));
}

TEST_CASE(
    "S055 decision 21: a refused recipient is logged with the setting that would admit it",
    "[inbound]"
) {
    const log::capture captured;
    auto config = usual_config();
    config.trusted_networks = config::network_set();
    serve(std::move(config), [](server_world& world) -> asio::awaitable<void> {
        auto client = co_await world.greeted();
        const auto hello = co_await client->ask("EHLO client.example");
        const auto mail = co_await client->ask("MAIL FROM:<a@client.example>");
        CHECK_THAT(mail, StartsWith("250"));
        const auto denied = co_await client->ask("RCPT TO:<b@remote.example>");
        CHECK(denied == "550 5.7.1 Relay access denied\r\n");
    });

    const auto all = all_of(captured);
    CHECK_THAT(all, ContainsSubstring("add 127.0.0.1 to KURIR_TRUSTED_NETWORKS"));
    CHECK_THAT(all, ContainsSubstring("\"to\":\"b@remote.example\""));
}

TEST_CASE("Mail has the priority of its listener, or the one it asks for", "[inbound]") {
    const log::capture captured;
    auto config = usual_config();
    config.listen.back().profile.priority = config::mail_priority::bulk;
    serve(std::move(config), [](server_world& world) -> asio::awaitable<void> {
        auto client = co_await world.greeted();
        for (const auto* header :
             {"Subject: x", "X-Kurir-Priority: urgent", "X-Kurir-Priority: 1"}) {
            co_await client->begin_message();
            const auto stored = co_await client->ask(std::string(header) + "\r\n\r\n.");
            CHECK_THAT(stored, StartsWith("250"));
        }
        const auto& mails = world.store.committed;
        CHECK(mails.at(0).deliveries.at(0).priority == queue::priority::bulk);
        CHECK(mails.at(1).deliveries.at(0).priority == queue::priority::urgent);
        CHECK(mails.at(2).deliveries.at(0).priority == queue::priority::bulk);
        CHECK(received(world, metrics::priority::bulk) == 2);
        CHECK(received(world, metrics::priority::urgent) == 1);
        CHECK(world.metrics.messages_unknown_priority_total.value() == 1);
    });

    const auto all = all_of(captured);
    CHECK_THAT(all, ContainsSubstring("\"priority\":\"urgent\""));
    CHECK_THAT(all, ContainsSubstring("\"priority\":\"bulk\",\"unknown_priority\":\"1\""));
}

TEST_CASE("The log names the Message-ID that the relay added", "[inbound]") {
    const log::capture captured;
    std::string id;
    serve(usual_config(), [&id](server_world& world) -> asio::awaitable<void> {
        auto client = co_await world.greeted();
        co_await client->begin_message();
        const auto stored = co_await client->ask("Subject: x\r\n\r\n.");
        CHECK_THAT(stored, StartsWith("250"));
        id = world.store.committed.at(0).mail.id.text();
    });
    CHECK_THAT(all_of(captured), ContainsSubstring("\"message_id\":\"<" + id + "@relay.test>\""));
}

TEST_CASE("Who speaks before the greeting is served if trusted, and counted", "[inbound]") {
    serve(usual_config(), [](server_world& world) -> asio::awaitable<void> {
        auto client = world.early_talker("EHLO client.example\r\nMAIL FROM:<a@client.example>\r\n");
        for (const auto* expected : {"220", "250", "250 2.1.0"}) {
            const auto answer = co_await client->reply();
            CHECK_THAT(answer, StartsWith(expected));
        }
        CHECK(world.metrics.smtp_early_talkers_total.value() == 1);

        auto polite = co_await world.greeted();
        co_await polite->begin_message();
        CHECK(world.metrics.smtp_early_talkers_total.value() == 1);
    });
}

TEST_CASE("Who speaks before the greeting and is not trusted is turned away", "[inbound]") {
    auto config = usual_config();
    config.trusted_networks = config::network_set();
    serve(std::move(config), [](server_world& world) -> asio::awaitable<void> {
        auto client = world.early_talker("EHLO client.example\r\n");
        const auto answer = co_await client->reply();
        CHECK(answer == "554 5.5.0 Wait for the greeting before you speak\r\n");
        const auto end = co_await client->reply();
        CHECK(end == "closed");
        using stage = metrics::reject_stage;
        using reason = metrics::reject_reason;
        auto& rejects = world.metrics.smtp_rejects_total;
        CHECK(rejects(stage::connect, reason::early_talker).value() == 1);

        auto polite = co_await world.greeted();
        const auto hello = co_await polite->ask("EHLO client.example");
        CHECK_THAT(hello, StartsWith("250"));
    });
}

TEST_CASE("A message that only trickles in is ended with 421 4.4.2", "[inbound]") {
    net::virtual_clock clock;
    serve(usual_config(), [&clock](server_world& world) -> asio::awaitable<void> {
        auto client = co_await world.greeted();
        co_await client->begin_message();
        for (int minute = 0; minute < 3; ++minute) {
            co_await client->send("X-Slow: yes\r\n");
            co_await settle();
            clock.advance(61s);
            co_await settle();
        }
        co_await client->send("X-Slow: yes\r\n");
        const auto answer = co_await client->reply();
        CHECK(answer == "421 4.4.2 relay.test Too slow, closing\r\n");
        CHECK(world.store.committed.empty());
    });
}

TEST_CASE("The least rate is asked of each message for itself", "[inbound]") {
    net::virtual_clock clock;
    serve(usual_config(), [&clock](server_world& world) -> asio::awaitable<void> {
        auto client = co_await world.greeted();
        for (int message = 0; message < 3; ++message) {
            co_await client->begin_message();
            co_await settle();
            clock.advance(2min);
            const auto stored = co_await client->ask("Subject: x\r\n\r\n.");
            CHECK_THAT(stored, StartsWith("250"));
        }
    });
}
