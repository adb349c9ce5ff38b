// What settings for staging do on the way out: where bounces go, and how long mail may wait.
#include <string>

#include "relay/outbound/aftermath.hpp"
#include "tests/outbound/scheduler_world.hpp"
#include "tests/outbound/settlement_settings.hpp"
#include "tests/support/catch.hpp"

using namespace kurir;
using namespace kurir::outbound;
using namespace std::chrono_literals;
using Catch::Matchers::StartsWith;
using tests::now;

namespace {

queue::stored_message stored(const std::string& sender) {
    queue::stored_message message;
    auto& mail = message.mail;
    mail.id = queue::message_id(1);
    mail.reverse_path = sender;
    mail.recipients = {{.address = "qa@stage.example"}};
    mail.received_at = now - 30 * 24h;
    mail.chunks = 1;
    message.first_chunk = "Subject: x\r\n\r\nbody\r\n";
    mail.size = message.first_chunk.size();
    mail.header_size = 14;
    return message;
}

aftermath after(
    const config::config& settings, const queue::stored_message& message, const verdict& said
) {
    queue::delivery attempted;
    attempted.id = message.mail.id;
    attempted.domain = "stage.example";
    attempted.recipients = {0};
    const std::vector<recipient_verdict> verdicts{{0, said}};
    const attempt_end end{
        .message = message,
        .attempted = attempted,
        .verdicts = verdicts,
        .now = now,
        .bounce_id = queue::message_id(2),
    };
    return conclude(settings, end);
}

const verdict refused = judge(stage::rcpt, {.code = 550, .status = {}, .lines = {"no"}});
const verdict put_off = judge(stage::rcpt, {.code = 450, .status = {}, .lines = {"later"}});

}  // namespace

TEST_CASE("a bounce goes where all mail goes, and names its sender", "[staging]") {
    auto settings = tests::settlement_settings();
    settings.redirect_all_to = "QA@Stage.example";
    const auto end = after(settings, stored("me@client.example"), refused);
    REQUIRE(end.settlement.bounce);
    const auto& bounce = *end.settlement.bounce;
    CHECK(bounce.mail.recipients.front().address == "QA@Stage.example");
    CHECK(bounce.deliveries.front().domain == "stage.example");
    CHECK(bounce.mail.reverse_path.empty());
    CHECK_THAT(bounce.last_chunk, StartsWith("X-Kurir-Original-To: me@client.example\r\n"));
    CHECK(bounce.last_chunk.substr(bounce.mail.header_size - 4, 4) == "\r\n\r\n");

    // Its own failure is no reason for another one.
    CHECK_FALSE(after(settings, stored(""), refused).settlement.bounce);
}

TEST_CASE("without redirection a bounce goes to the sender", "[staging]") {
    const auto end = after(tests::settlement_settings(), stored("me@client.example"), refused);
    REQUIRE(end.settlement.bounce);
    CHECK(end.settlement.bounce->mail.recipients.front().address == "me@client.example");
    CHECK(end.settlement.bounce->last_chunk.find("X-Kurir-Original-To") == std::string::npos);
}

TEST_CASE("mail that was captured for long has its whole lifetime before it", "[staging]") {
    auto settings = tests::settlement_settings();
    CHECK(after(settings, stored("me@client.example"), put_off).fates.front().expired);
    settings.lifetimes_from = now - 1h;
    CHECK_FALSE(after(settings, stored("me@client.example"), put_off).fates.front().expired);
    settings.lifetimes_from = now - settings.max_queue_time;
    CHECK(after(settings, stored("me@client.example"), put_off).fates.front().expired);
}

TEST_CASE("while nothing is delivered mail waits, and expires only afterwards", "[staging]") {
    auto limits = tests::scheduler_world::usual();
    tests::scheduler_world relay(limits);
    relay.subject.set_open(false, relay.now());
    relay.arrive(1, "a.example");
    relay.pass(10 * limits.max_queue_time);
    CHECK(relay.concluded.empty());
    CHECK(relay.connecting.empty());
    CHECK(relay.subject.backlog().size() == 1);
}
