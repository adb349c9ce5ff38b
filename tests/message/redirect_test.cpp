// KURIR_REDIRECT_ALL_TO at the intake: one recipient for all, and fields that name the others.
#include <string>
#include <vector>

#include "relay/message/ascii_text.hpp"
#include "relay/message/intake.hpp"
#include "relay/message/trace.hpp"
#include "tests/message/mailbox.hpp"
#include "tests/support/catch.hpp"

using namespace kurir;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;
using tests::mailbox;

namespace {

queue::submission taken(
    const std::vector<std::string>& recipients, std::optional<smtp::mailbox> redirect_to
) {
    message::intake_settings settings;
    settings.hostname = "relay.example";
    settings.redirect_to = std::move(redirect_to);
    message::intake_origin origin;
    origin.id = queue::message_id(1'000'000);
    origin.protocol = "ESMTP";
    origin.client = "192.0.2.1";
    smtp::server_transaction envelope;
    envelope.reverse_path = *smtp::parse_reverse_path("<sender@client.example>", true).value;
    for (const auto& each : recipients)
        envelope.recipients.push_back(mailbox(each));
    message::intake taker(settings, std::move(origin), std::move(envelope));
    taker.append("Subject: x\r\n\r\nbody\r\n");
    taker.end();
    REQUIRE_FALSE(taker.problem());
    return taker.take_submission({});
}

std::size_t count(std::string_view text, std::string_view part) {
    std::size_t found = 0;
    for (auto at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1))
        ++found;
    return found;
}

}  // namespace

TEST_CASE("every recipient becomes the one, and is named once in the header", "[redirect]") {
    const auto mail = taken(
        {"a@b.example", "c@d.example", "a@B.EXAMPLE", "qa@stage.example"},
        mailbox("qa@stage.example")
    );
    REQUIRE(mail.mail.recipients.size() == 1);
    CHECK(mail.mail.recipients.front().address == "qa@stage.example");
    REQUIRE(mail.deliveries.size() == 1);
    CHECK(mail.deliveries.front().domain == "stage.example");
    CHECK(mail.deliveries.front().recipients == std::vector<std::uint32_t>{0});
    CHECK(mail.mail.reverse_path == "sender@client.example");

    const auto& text = mail.last_chunk;
    CHECK_THAT(text, StartsWith("Received: "));
    CHECK(count(text, "X-Kurir-Original-To: ") == 3);
    CHECK(count(text, "X-Kurir-Original-To: a@b.example\r\n") == 1);
    CHECK(count(text, "X-Kurir-Original-To: c@d.example\r\n") == 1);
    CHECK(count(text, "X-Kurir-Original-To: qa@stage.example\r\n") == 1);
    // All in the header, whose size the envelope knows.
    CHECK(text.substr(mail.mail.header_size) == "body\r\n");
    CHECK(mail.mail.size == text.size());
}

TEST_CASE("without the setting nobody is redirected, nor named", "[redirect]") {
    const auto mail = taken({"a@b.example", "c@d.example"}, std::nullopt);
    CHECK(mail.mail.recipients.size() == 2);
    CHECK(count(mail.last_chunk, "X-Kurir-Original-To") == 0);
}

TEST_CASE("no address can add a field or a line that servers refuse", "[redirect]") {
    const auto address = GENERATE(
        as<std::string>(),
        "\"a b\"@c.example",
        "\"a\\\"b,<>;:\"@c.example",
        "j\xc3\xbcrgen@c.example",
        std::string(2000, 'x') + "@c.example",
        "a\r\nBcc: x@c.example",
        "a\nBcc: x@c.example",
        std::string("a\0b@c.example", 13)
    );
    const auto field = message::original_to_field(address);
    CAPTURE(field);
    CHECK_THAT(field, StartsWith("X-Kurir-Original-To:"));
    CHECK(field.ends_with("\r\n"));
    CHECK(message::longest_line(field) <= message::line_max);
    for (std::size_t at = 0; at + 1 < field.size(); ++at) {
        const auto c = static_cast<unsigned char>(field[at]);
        CHECK(((c >= ' ' && c < 0x7f) || c == '\r' || c == '\n'));
        // Every line but the first goes on with the field.
        if (c == '\n') CHECK(field[at + 1] == ' ');
    }
}

TEST_CASE("a thousand recipients fit into the header", "[redirect]") {
    std::vector<std::string> all;
    for (int i = 0; i < 1000; ++i)
        all.push_back("somebody.with.a.long.name." + std::to_string(i) + "@recipients.example");
    const auto mail = taken(all, mailbox("qa@stage.example"));
    CHECK(count(mail.last_chunk, "X-Kurir-Original-To: ") == 1000);
    CHECK(mail.last_chunk.substr(mail.mail.header_size) == "body\r\n");
}
