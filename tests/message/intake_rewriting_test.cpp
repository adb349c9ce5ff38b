// Rules of rewriting in the intake: changes of the header, copies, and a trace that hides the
// client.
#include "relay/message/intake.hpp"
#include "tests/message/mailbox.hpp"
#include "tests/support/catch.hpp"

using namespace kurir;
using Catch::Matchers::ContainsSubstring;
using tests::mailbox;

namespace {

message::intake_origin inner_origin() {
    message::intake_origin result;
    result.id = queue::message_id(1'000'000);
    result.helo = "web1.inner.example";
    result.protocol = "ESMTP";
    result.client = "192.0.2.1";
    return result;
}

queue::submission taken(
    std::string_view text, const message::intake_settings& settings, message::intake_origin client
) {
    smtp::server_transaction envelope;
    envelope.reverse_path = *smtp::parse_reverse_path("<a@client.example>", true).value;
    envelope.recipients = {mailbox("b@far.example")};
    message::intake intake(settings, std::move(client), std::move(envelope));
    intake.append(text);
    intake.end();
    REQUIRE_FALSE(intake.problem());
    return intake.take_submission({});
}

// What the message says from its Subject on.
std::string from_subject(const queue::submission& message) {
    const auto& text = message.last_chunk;
    return text.substr(std::min(text.size(), text.find("Subject")));
}

}  // namespace

TEST_CASE("a rewriter sees the header as it would be stored, with its end", "[intake][rewrite]") {
    message::intake_settings settings;
    settings.hostname = "relay.example";
    const auto text = GENERATE(
        as<std::string>(),
        "Bcc: x@y.example\r\nSubject: x\r\n\r\nbody\r\n",
        "Subject: x\r\nno header line\r\n",
        "Subject: x\r\n"
    );
    CAPTURE(text);
    auto client = inner_origin();
    std::string seen;
    client.rewriter = [&](std::string_view header, const message::header_facts& facts) {
        seen = header.substr(0, facts.end);
        const auto at = header.find("Subject: x");
        return std::vector<message::header_change>{{at + 9, at + 10, "a longer subject"}};
    };
    const auto result = taken(text, settings, std::move(client));
    CHECK(seen.find("Bcc") == std::string::npos);
    CHECK_THAT(seen, ContainsSubstring("Date: ") && ContainsSubstring("Message-ID: "));
    CHECK_THAT(from_subject(result), Catch::StartsWith("Subject: a longer subject\r\n"));
    CHECK(result.mail.size == result.last_chunk.size());
    const auto header = result.last_chunk.substr(0, result.mail.header_size);
    CHECK_THAT(header, ContainsSubstring("a longer subject"));
    CHECK(header.find("body") == std::string::npos);
    CHECK(header.find("no header line") == std::string::npos);
    CHECK_FALSE(result.mail.needs.eight_bit);
}

TEST_CASE("a rewriter may bring bytes that need 8BITMIME", "[intake][rewrite]") {
    auto client = inner_origin();
    client.rewriter = [](std::string_view, const message::header_facts& facts) {
        return std::vector<message::header_change>{{facts.begin, facts.begin, "X: \xc3\xbc\r\n"}};
    };
    CHECK(taken("Subject: x\r\n\r\n", {}, std::move(client)).mail.needs.eight_bit);
}

TEST_CASE("a copy is blind, and not sent where all mail is redirected", "[intake][rewrite]") {
    message::intake_settings settings;
    auto client = inner_origin();
    client.copies = {mailbox("archive@far.example"), mailbox("b@far.example")};
    auto result = taken("Subject: x\r\n\r\n", settings, client);
    REQUIRE(result.mail.recipients.size() == 2);
    CHECK(result.mail.recipients[1].address == "archive@far.example");
    CHECK_THAT(result.last_chunk, ContainsSubstring("for <b@far.example>"));
    CHECK(result.last_chunk.find("archive") == std::string::npos);
    // The client named b itself, and hears of it.
    CHECK_FALSE(result.mail.recipients[0].dsn);
    CHECK(result.mail.recipients[1].dsn->notify.never);

    settings.redirect_to = mailbox("stage@far.example");
    result = taken("Subject: x\r\n\r\n", settings, client);
    REQUIRE(result.mail.recipients.size() == 1);
    CHECK(result.mail.recipients[0].address == "stage@far.example");
    CHECK_FALSE(result.mail.recipients[0].dsn);
}

TEST_CASE("a header has its end, whoever reads it afterwards", "[intake][rewrite]") {
    const auto text = GENERATE(
        as<std::string>(),
        "Subject: x",
        "Subject: x\r\n",
        "Subject: x\r\n y",
        "Subject: x\r\nBcc: a@b.example",
        ""
    );
    const bool is_signed = GENERATE(false, true);
    const bool is_rewritten = GENERATE(false, true);
    CAPTURE(text, is_signed, is_rewritten);
    message::intake_settings settings;
    settings.header.fixup = GENERATE(false, true);
    auto client = inner_origin();
    client.is_signed = is_signed;
    if (is_rewritten) {
        client.rewriter = [](std::string_view header, const message::header_facts& facts) {
            CHECK(facts.blank_line);
            CHECK(facts.end == header.size());
            const auto end = facts.end - 2;
            return std::vector<message::header_change>{{end, end, "X-Last: y\r\n"}};
        };
    }
    const auto result = taken(text, settings, std::move(client));
    CHECK(result.mail.header_size == result.last_chunk.size());
    CHECK_THAT(result.last_chunk, Catch::EndsWith("\r\n\r\n"));
    CHECK(result.last_chunk.find("\r\n\r\n") == result.last_chunk.size() - 4);
    CHECK((result.last_chunk.find("\r\nX-Last: y\r\n") != std::string::npos) == is_rewritten);
    CHECK((result.last_chunk.find("\r\nSubject: x") != std::string::npos) == !text.empty());
}

TEST_CASE("the trace can hide the client", "[intake][rewrite]") {
    message::intake_settings settings;
    settings.hostname = "relay.example";
    settings.hide_client = true;
    const auto text = taken("Subject: x\r\n\r\n", settings, inner_origin()).last_chunk;
    CHECK_THAT(text, Catch::StartsWith("Received: by relay.example (Kurir) with ESMTP id "));
    CHECK(text.find("inner") == std::string::npos);
    CHECK(text.find("192.0.2.1") == std::string::npos);
}
