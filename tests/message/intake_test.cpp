#include "relay/message/intake.hpp"

#include <random>

#include "tests/support/catch.hpp"

using namespace kurir;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;

namespace {

message::intake_settings settings() {
    message::intake_settings result;
    result.hostname = "relay.example";
    result.hops_max = 3;
    result.line_length_max = 16 * 1024 * 1024;
    return result;
}

const message::intake_settings usual = settings();

message::intake_origin origin() {
    message::intake_origin result;
    result.id = queue::message_id(1'000'000);
    result.helo = "client.example";
    result.protocol = "ESMTP";
    result.client = "2001:db8::1";
    result.network = "2001:db8::/64";
    result.session = "S1";
    return result;
}

smtp::server_transaction to(const std::vector<std::string>& recipients) {
    smtp::server_transaction result;
    result.reverse_path = *smtp::parse_reverse_path("<sender@client.example>", true).value;
    for (const auto& text : recipients) {
        result.recipients.push_back(*smtp::parse_mailbox(text, true).value);
    }
    return result;
}

// Appends all of it; the chunks that had to be stored on the way.
std::vector<std::string> append(message::intake& target, std::string_view bytes) {
    std::vector<std::string> chunks;
    while (!bytes.empty() && !target.problem()) {
        bytes.remove_prefix(target.append(bytes));
        if (!bytes.empty() && !target.problem()) chunks.push_back(target.take_chunk());
    }
    return chunks;
}

queue::submission taken(
    std::string_view message,
    smtp::server_transaction envelope = to({"a@b.example"}),
    const message::intake_settings& chosen = usual
) {
    message::intake taker(chosen, origin(), std::move(envelope));
    append(taker, message);
    taker.end();
    REQUIRE(!taker.problem());
    return taker.take_submission({});
}

}  // namespace

TEST_CASE("S046 S047 the Received field stands in front, what came stays as it is", "[message]") {
    const std::string given = "Received: old\r\nDate: x\r\nMessage-ID: <y>\r\n\r\nbody\r\n";
    const auto result = taken(given);

    CHECK_THAT(result.last_chunk, StartsWith("Received: from client.example ([IPv6:2001:db8::1])"));
    CHECK_THAT(result.last_chunk, ContainsSubstring("for <a@b.example>;"));
    CHECK(result.last_chunk.ends_with("+0000\r\n" + given));
    CHECK(result.mail.size == result.last_chunk.size());
    CHECK(result.last_chunk.substr(result.mail.header_size) == "body\r\n");
    CHECK(result.mail.message_id_header == "<y>");
    CHECK(result.mail.chunks == 1);
}

TEST_CASE("S065 missing Date and Message-ID are added, unless that is switched off", "[message]") {
    const auto result = taken("Subject: x\r\n\r\n");
    CHECK_THAT(
        result.last_chunk, ContainsSubstring("\r\nDate: Thu, 01 Jan 1970 00:00:00 +0000\r\n")
    );
    CHECK_THAT(result.last_chunk, ContainsSubstring("\r\nMessage-ID: <"));
    CHECK(result.last_chunk.ends_with("\r\nSubject: x\r\n\r\n"));

    auto without = settings();
    without.header.fixup = false;
    CHECK(taken("Subject: x\r\n\r\n", to({"a@b.example"}), without)
              .last_chunk.ends_with("+0000\r\nSubject: x\r\n\r\n"));
}

TEST_CASE("Text without header and the empty message stay a body", "[message]") {
    const auto text = taken("hello\r\n");
    CHECK(text.last_chunk.substr(text.mail.header_size) == "hello\r\n");
    CHECK(text.last_chunk.substr(0, text.mail.header_size).ends_with("\r\n\r\n"));

    const auto empty = taken("");
    CHECK(empty.mail.header_size == empty.last_chunk.size());
    CHECK(empty.last_chunk.ends_with("\r\n\r\n"));
}

TEST_CASE("S049 more Received fields than allowed are a loop", "[message]") {
    const std::string hop = "Received: x\r\n";
    message::intake allowed(usual, origin(), to({"a@b.example"}));
    append(allowed, hop + hop + hop + "\r\n");
    CHECK(!allowed.problem());

    message::intake looping(usual, origin(), to({"a@b.example"}));
    append(looping, hop + hop + hop + hop);
    looping.end();
    CHECK(looping.problem() == smtp::refusal::too_many_hops);
}

TEST_CASE("A16 a header may be larger than a chunk, up to its limit", "[message]") {
    const std::string begin = "Date: x\r\nMessage-ID: <y@z>\r\nBcc: hidden\r\nX: ";
    for (const std::size_t size : {300'000U, 900'000U, 1'048'576U, 1'048'577U}) {
        const std::string end = "\r\nX-Kurir-Priority: bulk\r\n\r\n";
        const std::string body(700'000, 'y');
        const std::string header = begin + std::string(size - begin.size() - end.size(), 'x') + end;
        for (const std::size_t step : {1'000'000'000U, 65'536U, 777U}) {
            CAPTURE(size, step);
            message::intake into(usual, origin(), to({"a@b.example"}));
            std::string whole;
            const std::string text = header + body + "\r\n";
            for (std::string_view rest = text; !rest.empty() && !into.problem();) {
                const auto piece = rest.substr(0, step);
                for (const auto& chunk : append(into, piece)) {
                    CHECK(chunk.size() < 2 * message::chunk_size);
                    whole += chunk;
                }
                rest.remove_prefix(piece.size());
            }
            if (size > settings().header_size_max) {
                CHECK(into.problem() == smtp::refusal::header_too_big);
                continue;
            }
            into.end();
            REQUIRE(!into.problem());
            const auto result = into.take_submission({});
            whole += result.last_chunk;
            CHECK(whole.size() == result.mail.size);
            CHECK(whole.substr(result.mail.header_size) == body + "\r\n");
            CHECK(whole.substr(0, result.mail.header_size).ends_with("xx\r\n\r\n"));
            CHECK(whole.find("hidden") == std::string::npos);
            CHECK(result.deliveries[0].priority == queue::priority::bulk);
        }
    }
}

TEST_CASE("A16 text without a blank line is no header, however long it is", "[message]") {
    message::intake into(usual, origin(), to({"a@b.example"}));
    const std::string text(3 * message::chunk_size, 'x');
    append(into, "Subject: s\r\n" + text + text + "\r\n");
    into.end();
    REQUIRE(!into.problem());
}

TEST_CASE("A2 all that read the header stop at the first line of the body", "[message]") {
    const std::string header = "Date: x\r\nMessage-ID: <y@z>\r\nSubject: s\r\n";
    const std::string body =
        "Hello, this is text.\r\nReceived: a\r\nReceived: b\r\nReceived: c\r\n"
        "Received: d\r\nX-Kurir-Priority: bulk\r\nBcc: c@d.example\r\n";
    const auto result = taken(header + body);
    CHECK(result.last_chunk.ends_with("+0000\r\n" + header + "\r\n" + body));
    CHECK(result.last_chunk.substr(result.mail.header_size) == body);
    CHECK(result.mail.size == result.last_chunk.size());
    CHECK(result.deliveries[0].priority == queue::priority::normal);

    const auto large = taken("Subject: s\r\nHello\r\n" + std::string(200'000, 'x') + "\r\n");
    CHECK_THAT(large.last_chunk, ContainsSubstring("Subject: s\r\n\r\nHello\r\n"));
    // The negative control: with a blank line the same fields count.
    message::intake looping(usual, origin(), to({"a@b.example"}));
    append(looping, body.substr(body.find("Received")));
    looping.end();
    CHECK(looping.problem() == smtp::refusal::too_many_hops);
}

TEST_CASE("A13 lines of an mbox are dropped, and the fields behind them are seen", "[message]") {
    const std::string header = "Date: x\r\nMessage-ID: <y@z>\r\nSubject: s\r\n\r\n";
    for (const std::string line : {"From root Mon Nov 23 04:05:06 2026\r\n", ">From root\r\n"}) {
        const auto result = taken(line + header + "body\r\n");
        CHECK(result.last_chunk.ends_with("+0000\r\n" + header + "body\r\n"));
        CHECK(result.last_chunk.substr(result.mail.header_size) == "body\r\n");
    }
    const auto text = taken("From here on it is text\r\n");
    CHECK(text.last_chunk.ends_with("\r\n\r\nFrom here on it is text\r\n"));
}

TEST_CASE("A12 Bcc is taken out with its continuations, unless it is kept", "[message]") {
    const std::string first = "Date: x\r\nMessage-ID: <y@z>\r\n";
    const std::string rest = "Subject: s\r\n\r\nBcc: body@b.example\r\n";
    for (const std::string field : {
             "Bcc: a@b.example,\r\n\tc@d.example\r\n",
             "BCC:a@b.example\r\n",
             "bcc :\r\n a@b.example\r\n",
             "Bcc:\r\n",
             "Resent-Bcc: a@b.example,\r\n c@d.example\r\n",
             "Bcc: a@b.example\r\nResent-bcc: c\r\nBcc: e\r\n",
         }) {
        CAPTURE(field);
        CHECK(taken(first + field + rest).last_chunk.ends_with("+0000\r\n" + first + rest));
        auto keeping = settings();
        keeping.header.kept = {"bcc", "resent-bcc"};
        const auto kept = taken(first + field + rest, to({"a@b.example"}), keeping);
        CHECK(kept.last_chunk.ends_with("+0000\r\n" + first + field + rest));
    }
    const std::string other = "X-Bcc: a\r\nSubject: Bcc: b\r\n Bcc: c\r\n\r\n";
    CHECK(taken(first + other).last_chunk.ends_with(first + other));
}

TEST_CASE("A17 an empty Message-ID or Date is replaced as if it were missing", "[message]") {
    const std::string subject = "Subject: s\r\n\r\nbody\r\n";
    for (const std::string id :
         {"", " ", "<>", " < > ", "<@>", "\r\n <>", "\r\n\t", "()", "no-brackets"}) {
        CAPTURE(id);
        const auto result = taken("Date: x\r\nMessage-ID: " + id + "\r\n" + subject);
        const auto& text = result.last_chunk;
        CHECK(text.find("Message-ID:") == text.rfind("Message-ID:"));
        CHECK_THAT(
            text, ContainsSubstring("\r\nMessage-ID: " + result.mail.message_id_header + "\r\n")
        );
        CHECK_THAT(result.mail.message_id_header, ContainsSubstring("@relay.example>"));
        CHECK(text.ends_with("Date: x\r\n" + subject));
    }
    for (const std::string id : {"<a@b>", "\r\n <a@b>", "<y>", "(c) <a@b>", "<\"a b\"@c>"}) {
        const auto given = "Date: x\r\nMessage-ID: " + id + "\r\n" + subject;
        CHECK(taken(given).last_chunk.ends_with("+0000\r\n" + given));
    }
    const std::string id = "Message-ID: <a@b>\r\n";
    for (const std::string date : {"Date:\r\n", "Date: \t\r\n \r\n"}) {
        const auto text = taken(date + id + subject).last_chunk;
        CHECK(text.ends_with("\r\nDate: Thu, 01 Jan 1970 00:00:00 +0000\r\n" + id + subject));
    }
    // One of two is good: it stays, and is the only one.
    CHECK(taken("Date: x\r\nMessage-ID: <>\r\n" + id + subject)
              .last_chunk.ends_with("Date: x\r\n" + id + subject));
    auto without = settings();
    without.header.fixup = false;
    const auto given = "Date:\r\nMessage-ID: <>\r\n" + subject;
    CHECK(taken(given, to({"a@b.example"}), without).last_chunk.ends_with("+0000\r\n" + given));
}

TEST_CASE("A11 From and Sender get a full domain", "[message]") {
    auto completing = settings();
    completing.header.local_domain = "example.org";
    const std::string first = "Date: x\r\nMessage-ID: <y@z>\r\n";
    const auto changed = [&](const std::string& given) {
        auto text = taken(first + given + "\r\n\r\nFrom: root\r\n", to({"a@b.example"}), completing)
                        .last_chunk;
        text.resize(text.rfind("\r\n\r\nFrom: root"));
        return text.substr(text.rfind(first) + first.size());
    };
    CHECK(changed("From: root (Cron Daemon)") == "From: root@example.org (Cron Daemon)");
    CHECK(
        changed("From: Cron <root@localhost>\r\nSender: www-data@3f2a1b4c5d6e") ==
        "From: Cron <root@example.org>\r\nSender: www-data@example.org"
    );
    CHECK(changed("To: root\r\nReply-To: root") == "To: root\r\nReply-To: root");
    CHECK(changed("From: a@b.example") == "From: a@b.example");

    // No line of ours is too long.
    const std::string many = "From: root (" + std::string(980, 'x') + ")";
    CHECK(changed(many) == many);

    const auto given = first + "From: root\r\n\r\n";
    CHECK(taken(given).last_chunk.ends_with(given));  // no local domain
    completing.header.fixup = false;
    CHECK(taken(given, to({"a@b.example"}), completing).last_chunk.ends_with(given));
}

TEST_CASE("A large message is cut into chunks, which together are the message", "[message]") {
    const std::string header = "Date: x\r\nMessage-ID: <y>\r\n\r\n";
    for (const std::size_t size :
         {message::chunk_size - 500, message::chunk_size, 3 * message::chunk_size + 17}) {
        message::intake into(usual, origin(), to({"a@b.example"}));
        std::string whole;
        for (const auto& chunk : append(into, header + std::string(size, 'x') + "\r\n")) {
            CHECK(chunk.size() >= message::chunk_size);
            whole += chunk;
        }
        into.end();
        const auto result = into.take_submission({});
        whole += result.last_chunk;

        CHECK(!result.last_chunk.empty());
        CHECK(result.mail.size == whole.size());
        CHECK(whole.ends_with(header + std::string(size, 'x') + "\r\n"));
        CHECK(whole.substr(result.mail.header_size) == std::string(size, 'x') + "\r\n");
    }
}

TEST_CASE("Recipients are grouped by domain in their order", "[message]") {
    const auto result = taken("\r\n", to({"a@one.example", "b@two.example", "c@ONE.example"}));

    REQUIRE(result.deliveries.size() == 2);
    CHECK(result.deliveries[0].domain == "one.example");
    CHECK(result.deliveries[0].recipients == std::vector<std::uint32_t>{0, 2});
    CHECK(result.deliveries[1].recipients == std::vector<std::uint32_t>{1});
    CHECK(result.deliveries[1].tenant == "2001:db8::/64 client.example");
    CHECK(result.deliveries[1].id == result.mail.id);
    CHECK(result.deliveries[1].size == result.mail.size);
}

TEST_CASE(
    "Q026 the same recipient twice is one, another case of the local-part is another", "[message]"
) {
    const auto result = taken("\r\n", to({"a@b.example", "a@B.example", "A@b.example"}));

    CHECK(
        result.mail.recipients == std::vector<queue::recipient>{{"a@b.example"}, {"A@b.example"}}
    );
    CHECK(result.deliveries[0].recipients == std::vector<std::uint32_t>{0, 1});
    CHECK(result.last_chunk.find("for <") == std::string::npos);
}

TEST_CASE("A5 the addresses of the envelope alone need SMTPUTF8", "[message]") {
    auto plain = to({"a@b.example"});
    for (const bool said : {false, true}) {
        plain.smtputf8 = said;
        CHECK(!taken("Subject: F\xc3\xbcllstand\r\n\r\n", plain).mail.needs.smtputf8);
        CHECK(!taken("Subject: F\xfcllstand\r\n\r\n", plain).mail.needs.smtputf8);
        CHECK(!taken("Subject: o\r\n\r\n\xc3\xb6\r\n", plain).mail.needs.smtputf8);
    }
    auto address = to({"j\xc3\xb6rg@b.example"});
    address.smtputf8 = true;
    CHECK(taken("Subject: o\r\n\r\n", address).mail.needs.smtputf8);
    auto sender = to({"a@b.example"});
    sender.reverse_path = *smtp::parse_reverse_path("<j\xc3\xb6rg@b.example>", true).value;
    sender.smtputf8 = true;
    CHECK(taken("Subject: o\r\n\r\n", sender).mail.needs.smtputf8);
    auto domain =
        to({"a@b\xc3\xbc"
            "cher.example"});
    domain.smtputf8 = true;
    CHECK(!taken("Subject: o\r\n\r\n", domain).mail.needs.smtputf8);
}

TEST_CASE("The tenant is the client's network and the sender's domain", "[message]") {
    CHECK(taken("\r\n").deliveries[0].tenant == "2001:db8::/64 client.example");
    CHECK(taken("\r\n").deliveries[0].sender_domain == "client.example");
    auto bounce = to({"a@b.example"});
    bounce.reverse_path = *smtp::parse_reverse_path("<>", true).value;
    CHECK(taken("\r\n", bounce).deliveries[0].tenant == "2001:db8::/64");
    CHECK(taken("\r\n", bounce).deliveries[0].sender_domain.empty());
}

TEST_CASE("X-Kurir-Priority sets the priority and is taken out of the message", "[message]") {
    const std::string fields = "Date: x\r\nMessage-ID: <y>\r\n";
    const auto priority_of = [&](const std::string& header, queue::priority expected) {
        CAPTURE(header);
        const auto result = taken(fields + header + "Subject: z\r\n\r\nbody\r\n");
        CHECK(result.deliveries[0].priority == expected);
        CHECK(result.last_chunk.ends_with("+0000\r\n" + fields + "Subject: z\r\n\r\nbody\r\n"));
        CHECK(result.mail.size == result.last_chunk.size());
        CHECK(result.last_chunk.substr(result.mail.header_size) == "body\r\n");
    };
    using enum queue::priority;
    priority_of("", normal);
    priority_of("X-Kurir-Priority: urgent\r\n", urgent);
    priority_of("x-KURIR-priority :\t bUlK \t\r\n", bulk);
    priority_of("X-Kurir-Priority:\r\n bulk\r\n \t\r\n", bulk);
    priority_of("X-Kurir-Priority: immediate\r\n", normal);
    priority_of("X-Kurir-Priority: ur\r\n gent\r\n", normal);
    priority_of("X-Kurir-Priority: urgent\r\nX-Kurir-Priority: bulk\r\n", bulk);
    priority_of("X-Kurir-Priority: bulk\r\nX-Kurir-Priority: 1\r\n", bulk);
    priority_of("X-Kurir-Priority: " + std::string(9000, 'x') + "\r\n", normal);
}

TEST_CASE("Only the field itself is taken out, and only of the header section", "[message]") {
    const std::string text =
        "Date: x\r\nMessage-ID: <y>\r\nX-Kurir-Priority-2: bulk\r\nSubject: a\r\n"
        " X-Kurir-Priority: bulk\r\nContent-Type: message/rfc822\r\n\r\n"
        "X-Kurir-Priority: bulk\r\n\r\nbody\r\n";
    const auto result = taken(text);
    CHECK(result.deliveries[0].priority == queue::priority::normal);
    CHECK(result.last_chunk.ends_with("+0000\r\n" + text));
}

TEST_CASE("A header of nothing but the priority leaves an empty one", "[message]") {
    const auto result = taken("X-Kurir-Priority: bulk\r\n\r\nbody\r\n");
    CHECK(result.deliveries[0].priority == queue::priority::bulk);
    CHECK(result.last_chunk.find("Kurir-Priority") == std::string::npos);
    CHECK(result.last_chunk.ends_with(">\r\n\r\nbody\r\n"));
    CHECK(result.last_chunk.substr(result.mail.header_size) == "body\r\n");

    const auto no_body = taken("X-Kurir-Priority: bulk\r\n");
    CHECK(no_body.mail.header_size == no_body.last_chunk.size());
    CHECK(no_body.last_chunk.find("Kurir-Priority") == std::string::npos);
}

TEST_CASE("However the message is cut, the field goes and the rest stays", "[message]") {
    const std::string before = "Date: x\r\nMessage-ID: <y>\r\n";
    const std::string field = "X-Kurir-Priority: bulk\r\n";
    const std::string rest = "Subject: z\r\n\r\nbody\r\n";
    const std::string text = before + field + rest;
    for (std::size_t cut = 0; cut <= text.size(); ++cut) {
        message::intake into(usual, origin(), to({"a@b.example"}));
        append(into, std::string_view(text).substr(0, cut));
        append(into, std::string_view(text).substr(cut));
        into.end();
        const auto result = into.take_submission({});
        REQUIRE(result.last_chunk.ends_with("+0000\r\n" + before + rest));
        REQUIRE(result.deliveries[0].priority == queue::priority::bulk);
    }
}

TEST_CASE("A priority at the very end of the first chunk leaves whole chunks", "[message]") {
    const std::string field = "X-Kurir-Priority: urgent\r\n";
    for (std::size_t padding = message::chunk_size - 700; padding < message::chunk_size - 200;
         ++padding) {
        const std::string kept = "Date: x\r\nMessage-ID: <y>\r\nX: " + std::string(padding, 'x') +
                                 "\r\n\r\n" + std::string(1000, 'y') + "\r\n";
        message::intake into(usual, origin(), to({"a@b.example"}));
        std::string whole;
        for (const auto& chunk : append(into, field + kept))
            whole += chunk;
        if (into.problem()) continue;  // the header does not fit
        into.end();
        const auto result = into.take_submission({});
        whole += result.last_chunk;
        REQUIRE(result.mail.size == whole.size());
        REQUIRE(whole.ends_with("+0000\r\n" + kept));
        REQUIRE(whole.substr(result.mail.header_size) == std::string(1000, 'y') + "\r\n");
    }
}

TEST_CASE("The Message-ID for the log is the one that stands in the message", "[message]") {
    const auto added = taken("Subject: x\r\n\r\n");
    REQUIRE(!added.mail.message_id_header.empty());
    CHECK_THAT(
        added.last_chunk, ContainsSubstring("Message-ID: " + added.mail.message_id_header + "\r\n")
    );
}

TEST_CASE("Whatever the header looks like, exactly the priority fields go", "[message]") {
    const std::string kept[] = {
        "Subject: x\r\n", "X-Kurir-Priority-Not: bulk\r\n", "Subject: y\r\n folded\r\n", "odd:\r\n"
    };
    const std::string removed[] = {
        "X-Kurir-Priority: bulk\r\n",
        "x-kurir-priority : urgent\r\n",
        "X-KURIR-PRIORITY:\r\n\tbulk\r\n \r\n",
        "X-Kurir-Priority:\r\n",
    };
    std::mt19937 draw(20260101);
    for (int round = 0; round < 500; ++round) {
        const std::string first = "Date: x\r\nMessage-ID: <y>\r\n";
        std::string given = first;
        std::string expected = first;
        for (auto fields = draw() % 12; fields > 0; --fields) {
            const auto kind = draw() % 8;
            given += kind < 4 ? kept[kind] : removed[kind - 4];
            if (kind < 4) expected += kept[kind];
        }
        const std::string body = "\r\nX-Kurir-Priority: bulk\r\n";
        message::intake into(usual, origin(), to({"a@b.example"}));
        for (std::string_view rest = given += body; !rest.empty();) {
            const auto piece = rest.substr(0, 1 + draw() % 40);
            append(into, piece);
            rest.remove_prefix(piece.size());
        }
        into.end();
        const auto result = into.take_submission({});
        CAPTURE(given);
        REQUIRE(result.last_chunk.ends_with("+0000\r\n" + expected + body));
        REQUIRE(result.last_chunk.substr(result.mail.header_size) == body.substr(2));
    }
}
