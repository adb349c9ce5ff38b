// What holds for every message that passes, however odd its header is.
#include <algorithm>
#include <random>

#include "relay/message/ascii_text.hpp"
#include "relay/message/intake.hpp"
#include "tests/support/catch.hpp"

using namespace kurir;

namespace {

const std::string pieces[] = {
    "From: root\r\n",
    "From root Mon Nov 23 04:05:06 2026\r\n",
    ">From root\r\n",
    "Subject: s\r\n",
    " folded: x\r\n",
    "\t\r\n",
    "Bcc: secret@b.example,\r\n secret\r\n",
    "Resent-Bcc: secret\r\n",
    "X-Kurir-Priority: secret\r\n",
    "Message-ID: <>\r\n",
    "Message-ID:\r\n <a@b>\r\n",
    "Date:\r\n",
    "Sender: \"secret \" <a@localhost>, (\r\n",
    "Received: x\r\n",
    "\r\n",
    "text that is no field\r\n",
    "n\xc3\xa4me: x\r\n",
    ": x\r\n",
};

std::string drawn(std::mt19937& draw) {
    std::string message;
    for (auto count = draw() % 9; count > 0; --count)
        message += pieces[draw() % std::size(pieces)];
    return message;
}

}  // namespace

TEST_CASE("A2 A12 A13 A17 what leaves is a header, a blank line and the body", "[message]") {
    message::intake_settings settings;
    settings.hostname = "relay.example";
    settings.header.local_domain = "example.org";
    std::mt19937 draw(20261126);
    for (int round = 0; round < 20'000; ++round) {
        const auto given = drawn(draw);
        smtp::server_transaction envelope;
        envelope.recipients.push_back(*smtp::parse_mailbox("a@b.example", true).value);
        message::intake_origin origin;
        origin.id = queue::message_id(1'000'000);
        message::intake into(settings, std::move(origin), std::move(envelope));
        for (std::string_view rest = given; !rest.empty();) {
            const auto taken = into.append(rest.substr(0, 1 + draw() % 60));
            rest.remove_prefix(taken);
        }
        into.end();
        REQUIRE(!into.problem());
        const auto result = into.take_submission({});
        const auto& text = result.last_chunk;
        CAPTURE(given, text);

        // It is found again, and nothing needs to be done to it.
        message::header_scan again;
        again.finish(text);
        const auto& facts = again.facts();
        REQUIRE(facts.end == result.mail.header_size);
        REQUIRE(facts.begin == 0);
        REQUIRE(!facts.body);
        const auto plan = message::plan_header(text, facts, settings.header);
        REQUIRE(plan.changes.empty());
        REQUIRE(plan.date);
        REQUIRE(plan.message_id == result.mail.message_id_header);

        // The body is the end of what came, byte by byte.
        REQUIRE(given.ends_with(text.substr(result.mail.header_size)));
        const auto header = text.substr(0, result.mail.header_size);
        for (const auto* name : {"\nBcc:", "\nResent-Bcc:", "\nX-Kurir-Priority:"})
            REQUIRE(header.find(name) == std::string::npos);
    }
}
