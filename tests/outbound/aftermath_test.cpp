#include "relay/outbound/aftermath.hpp"

#include <boost/asio/error.hpp>

#include "dns/error.hpp"
#include "tests/outbound/settlement_settings.hpp"
#include "tests/support/catch.hpp"

using namespace kurir;
using namespace kurir::outbound;
using namespace std::chrono_literals;
using tests::now;

namespace {

queue::stored_message stored(std::size_t recipients) {
    queue::stored_message message;
    auto& mail = message.mail;
    mail.id = queue::message_id(1);
    mail.reverse_path = "sender@client.example";
    for (std::size_t i = 0; i < recipients; ++i) {
        mail.recipients.push_back({std::to_string(i) + "@remote.example"});
    }
    mail.received_at = now - 1min;
    mail.chunks = 1;
    message.first_chunk = "Subject: x\r\n\r\nbody\r\n";
    mail.size = message.first_chunk.size();
    mail.header_size = 14;
    return message;
}

queue::delivery delivery_of(const queue::stored_message& message) {
    queue::delivery all;
    all.id = message.mail.id;
    all.due = now;
    all.domain = "remote.example";
    for (std::uint32_t i = 0; i < message.mail.recipients.size(); ++i)
        all.recipients.push_back(i);
    all.received_at = message.mail.received_at;
    return all;
}

verdict answered(int code, smtp::enhanced_status status = {}) {
    return judge(
        code < 300 ? stage::eod : stage::rcpt, {.code = code, .status = status, .lines = {"x"}}
    );
}

// It refers to what it is given.
attempt_end end_of(
    const queue::stored_message& message,
    const queue::delivery& attempted,
    const std::vector<recipient_verdict>& verdicts
) {
    return {
        .message = message,
        .attempted = attempted,
        .verdicts = verdicts,
        .now = now,
        .bounce_id = queue::message_id(2)
    };
}

aftermath after(
    const queue::stored_message& message, const std::vector<recipient_verdict>& verdicts
) {
    return conclude(tests::settlement_settings(), end_of(message, delivery_of(message), verdicts));
}

}  // namespace

TEST_CASE("R2 what could not be tried is no attempt and never expires", "[outbound][aftermath]") {
    auto message = stored(2);
    message.mail.received_at = now - 100h;
    auto& earlier = message.states.emplace_back();
    earlier.index = 1;
    earlier.attempts = 7;
    auto put_off = judge_name("remote.example", dns::errc::shortage);
    const auto end = after(message, {{0, put_off}, {1, put_off}});

    CHECK(end.settlement.finished.empty());
    CHECK_FALSE(end.bounced);
    REQUIRE(end.fates.size() == 2);
    CHECK(end.fates[0].attempts == 0);
    CHECK(end.fates[1].attempts == 7);
    for (const auto& fate : end.fates)
        CHECK(fate.next_attempt == now + 5s);
    // Any other trouble ends such an old message.
    put_off.shortage.reset();
    CHECK(after(message, {{0, put_off}, {1, put_off}}).settlement.finished.size() == 2);
}

TEST_CASE("Q019 250, 451 and 550 end as delivered, retried and bounced", "[outbound][aftermath]") {
    const auto message = stored(3);
    const auto end = after(message, {{0, answered(250)}, {1, answered(451)}, {2, answered(550)}});

    CHECK(end.settlement.finished == std::vector<std::uint32_t>{0, 2});
    REQUIRE(end.settlement.unfinished.size() == 1);
    CHECK(end.settlement.unfinished[0].index == 1);
    CHECK(end.settlement.unfinished[0].attempts == 1);
    REQUIRE(end.settlement.again.size() == 1);
    CHECK(end.settlement.again[0].recipients == std::vector<std::uint32_t>{1});
    CHECK(end.settlement.again[0].due == now + 5min);
    REQUIRE(end.settlement.bounce);
    CHECK(end.bounced);
}

TEST_CASE(
    "Q020 the bounce goes to the sender from the null reverse-path", "[outbound][aftermath]"
) {
    const auto message = stored(2);
    const auto end = after(message, {{0, answered(550)}, {1, answered(550)}});

    REQUIRE(end.settlement.bounce);
    const auto& bounce = *end.settlement.bounce;
    CHECK(bounce.mail.id == queue::message_id(2));
    CHECK(bounce.mail.reverse_path.empty());
    CHECK(bounce.mail.recipients == std::vector<queue::recipient>{{"sender@client.example"}});
    CHECK(bounce.mail.origin == queue::origin::dsn);
    REQUIRE(bounce.deliveries.size() == 1);
    CHECK(bounce.deliveries[0].domain == "client.example");
    // Q007: one for all that failed together.
    CHECK(bounce.last_chunk.find("rfc822; 0@remote.example") != std::string::npos);
    CHECK(bounce.last_chunk.find("rfc822; 1@remote.example") != std::string::npos);
}

TEST_CASE("Q004 no bounce for the null sender: an event instead", "[outbound][aftermath]") {
    auto message = stored(1);
    message.mail.reverse_path.clear();
    const auto end = after(message, {{0, answered(550)}});
    CHECK_FALSE(end.settlement.bounce);
    CHECK(end.undeliverable);
    CHECK(end.settlement.event);
    CHECK(end.settlement.finished == std::vector<std::uint32_t>{0});
}

TEST_CASE("Q008 the sender never learns of a blind copy", "[outbound][aftermath]") {
    auto message = stored(2);
    message.mail.recipients[1].dsn = queue::dsn_wishes{.notify = {.never = true}};
    SECTION("that failed alone") {
        const auto end = after(message, {{0, answered(250)}, {1, answered(550)}});
        CHECK_FALSE(end.settlement.bounce);
        CHECK_FALSE(end.bounced);
        CHECK_FALSE(end.undeliverable);
        CHECK(end.settlement.finished == std::vector<std::uint32_t>{0, 1});
        CHECK(end.fates[1].copy);
    }
    SECTION("that failed with another recipient") {
        const auto end = after(message, {{0, answered(550)}, {1, answered(554)}});
        REQUIRE(end.settlement.bounce);
        const auto& text = end.settlement.bounce->last_chunk;
        CHECK(text.find("0@remote.example") != std::string::npos);
        CHECK(text.find("1@remote.example") == std::string::npos);
    }
    SECTION("whose time is over") {
        message.mail.received_at = now - 97h;
        const auto end = after(message, {{0, answered(250)}, {1, answered(451)}});
        CHECK(end.fates[1].expired);
        CHECK_FALSE(end.settlement.bounce);
    }
}

TEST_CASE("Q002 what is deferred beyond its lifetime is bounced", "[outbound][aftermath]") {
    auto message = stored(1);
    message.mail.received_at = now - 97h;
    const auto end = after(message, {{0, answered(451)}});
    CHECK(end.settlement.again.empty());
    REQUIRE(end.fates.size() == 1);
    CHECK(end.fates[0].expired);
    CHECK(end.bounced);
}

TEST_CASE("attempts are counted on from the stored state", "[outbound][aftermath]") {
    auto message = stored(1);
    message.states.emplace_back().attempts = 2;
    const auto end = after(message, {{0, answered(451)}});
    REQUIRE(end.settlement.unfinished.size() == 1);
    CHECK(end.settlement.unfinished[0].attempts == 3);
    CHECK(end.settlement.again[0].due == now + 20min);
}

TEST_CASE("a greylisted first attempt comes back early", "[outbound][aftermath][greylist]") {
    const auto message = stored(1);
    const auto end = after(message, {{0, answered(451, {4, 7, 1})}});
    REQUIRE(end.settlement.again.size() == 1);
    CHECK(end.settlement.again[0].due == now + 5min);
}

TEST_CASE("R8 failures that are settled together cause one bounce", "[outbound][aftermath]") {
    const auto message = stored(3);
    const auto part = [&](std::uint32_t recipient) {
        auto delivery = delivery_of(message);
        delivery.recipients = {recipient};
        delivery.domain = std::to_string(recipient) + ".example";
        return delivery;
    };
    ended_attempts ended{
        .message = message,
        .attempted = {},
        .fates = {},
        .now = now,
        .bounce_id = queue::message_id(2)
    };
    for (std::uint32_t i = 0; i < 3; ++i) {
        ended.attempted.push_back(part(i));
        const auto attempted = part(i);
        const std::vector<recipient_verdict> verdicts{{i, answered(550)}};
        const auto fates =
            fates_of(tests::settlement_settings(), end_of(message, attempted, verdicts));
        ended.fates.insert(ended.fates.end(), fates.begin(), fates.end());
    }
    const auto end = conclude(tests::settlement_settings(), ended);
    CHECK(end.settlement.attempted.domain == "0.example");
    REQUIRE(end.settlement.others.size() == 2);
    CHECK(end.settlement.others[1].domain == "2.example");
    CHECK(end.settlement.finished == std::vector<std::uint32_t>{0, 1, 2});
    REQUIRE(end.settlement.bounce);
    const auto& text = end.settlement.bounce->last_chunk;
    for (const auto& each : message.mail.recipients)
        CHECK(text.find("Final-Recipient: rfc822; " + each.address) != std::string::npos);
    CHECK(text.find("Subject: x") == text.rfind("Subject: x"));
}

namespace {

division divided(const queue::stored_message& message, std::vector<recipient_verdict> verdicts) {
    auto attempted = delivery_of(message);
    attempted.entry = queue::entry_id(1);
    attempted.recipients.clear();
    for (const auto& each : verdicts)
        attempted.recipients.push_back(each.recipient);
    return divide(tests::settlement_settings(), end_of(message, attempted, verdicts));
}

}  // namespace

TEST_CASE("R8 only failures that others may follow are gathered", "[outbound][aftermath]") {
    const auto message = stored(3);
    const auto gathered = [](const queue::stored_message& mail,
                             std::vector<recipient_verdict> verdicts) {
        return divided(mail, std::move(verdicts)).later.has_value();
    };
    CHECK(gathered(message, {{0, answered(550)}}));
    CHECK(gathered(message, {{0, answered(550)}, {1, answered(554)}}));
    CHECK(gathered(message, {{0, answered(550)}, {1, answered(250)}}));
    CHECK(gathered(message, {{0, answered(550)}, {1, answered(451)}}));
    CHECK_FALSE(gathered(message, {{0, answered(250)}}));
    CHECK_FALSE(gathered(message, {{0, answered(550)}, {1, answered(550)}, {2, answered(550)}}));
    CHECK_FALSE(gathered(message, {{0, answered(550)}, {1, answered(250)}, {2, answered(451)}}));
    auto bounce = stored(3);
    bounce.mail.reverse_path.clear();
    CHECK_FALSE(gathered(bounce, {{0, answered(550)}}));
    CHECK_FALSE(gathered(bounce, {{0, answered(550)}, {1, answered(250)}}));
}

TEST_CASE("R8 a copy that failed waits for nobody", "[outbound][aftermath]") {
    auto message = stored(3);
    message.mail.recipients[1].dsn = queue::dsn_wishes{.notify = {.never = true}};
    CHECK_FALSE(divided(message, {{1, answered(550)}}).later);
    const auto parts = divided(message, {{0, answered(550)}, {1, answered(550)}});
    REQUIRE(parts.at_once);
    CHECK(parts.at_once->settlement.finished == std::vector<std::uint32_t>{1});
    REQUIRE(parts.later);
    CHECK(parts.later->attempted.recipients == std::vector<std::uint32_t>{0});
}

TEST_CASE("R8 what is delivered or deferred never waits for failures", "[outbound][aftermath]") {
    const auto message = stored(9);
    const auto parts = divided(
        message,
        {{1, answered(550)},
         {2, answered(250)},
         {3, answered(451)},
         {4, answered(554)},
         {5, answered(250)}}
    );
    REQUIRE(parts.at_once);
    const auto& stored_now = parts.at_once->settlement;
    CHECK(stored_now.finished == std::vector<std::uint32_t>{2, 5});
    REQUIRE(stored_now.unfinished.size() == 1);
    CHECK(stored_now.unfinished[0].index == 3);
    REQUIRE(stored_now.again.size() == 1);
    CHECK(stored_now.again[0].recipients == std::vector<std::uint32_t>{3});
    CHECK_FALSE(stored_now.bounce);
    CHECK_FALSE(parts.at_once->bounced);

    // A restart tries those that failed at once, under an entry of their own.
    REQUIRE(stored_now.withheld);
    CHECK(stored_now.withheld->recipients == std::vector<std::uint32_t>{1, 4});
    CHECK_FALSE(stored_now.withheld->entry.is_given());
    CHECK(stored_now.withheld->due > stored_now.attempted.due);
    CHECK(stored_now.withheld->due <= now + 1s);
    REQUIRE(parts.later);
    CHECK(parts.later->attempted == *stored_now.withheld);
    REQUIRE(parts.later->fates.size() == 2);
    CHECK(parts.later->fates[0].recipient == 1);
    CHECK(parts.later->fates[1].recipient == 4);
}

TEST_CASE("R8 an attempt that only failed is stored with its report", "[outbound][aftermath]") {
    const auto message = stored(3);
    const auto parts = divided(message, {{0, answered(550)}, {2, answered(550)}});
    CHECK_FALSE(parts.at_once);
    REQUIRE(parts.later);
    CHECK(parts.later->attempted.entry == queue::entry_id(1));
    CHECK(parts.later->attempted.recipients == std::vector<std::uint32_t>{0, 2});
}

TEST_CASE("A3 A7 A10 a sender of any form hears of a failure", "[outbound][aftermath]") {
    for (const std::string& sender : {
             std::string("root@web_01.example.org"),
             std::string("\"a..b\"@client.example"),
             std::string("\"a@b\"@client.example"),
             std::string(1000, 'x') + "@client.example",
             std::string("j\xc3\xbcrgen@client.example"),
             std::string("a@[192.0.2.1]"),
         }) {
        CAPTURE(sender);
        auto message = stored(1);
        message.mail.reverse_path = sender;
        const auto end = after(message, {{0, answered(550)}});
        REQUIRE(end.bounced);
        const auto& bounce = *end.settlement.bounce;
        CHECK(bounce.mail.recipients == std::vector<queue::recipient>{{sender}});
        CHECK(sender.ends_with('@' + bounce.deliveries.at(0).domain));
        CHECK(bounce.mail.needs.longest_line <= 998);
    }
    auto null_sender = stored(1);
    null_sender.mail.reverse_path.clear();
    CHECK(after(null_sender, {{0, answered(550)}}).undeliverable);
}

TEST_CASE("R9 a verdict knows whose words it has", "[outbound][aftermath]") {
    CHECK(answered(550).said_by_remote);
    CHECK(answered(451).said_by_remote);
    CHECK(expired(answered(451)).said_by_remote);
    auto lost = judge(stage::connect, boost::asio::error::connection_refused);
    lost.remote = "mx.remote.example";
    CHECK(!lost.said_by_remote);
    CHECK(!expired(lost).said_by_remote);
    CHECK(!not_convertible("has x").said_by_remote);

    const auto message = stored(1);
    const auto text = after(message, {{0, expired(lost)}}).settlement.bounce->last_chunk;
    CHECK(text.find("Diagnostic-Code: x-kurir; ") != std::string::npos);
    CHECK(text.find("smtp;") == std::string::npos);
}

TEST_CASE("D3 the aftermath knows that a bounce was shortened", "[outbound][aftermath]") {
    auto message = stored(1);
    CHECK(after(message, {{0, answered(550)}}).shortened.empty());
    message.first_chunk += std::string(1003, 'x') + "\r\n";
    message.mail.size = message.first_chunk.size();
    CHECK(after(message, {{0, answered(550)}}).shortened == "long_lines");
}
