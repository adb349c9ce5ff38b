#include "relay/message/header_scan.hpp"

#include <algorithm>

#include "tests/support/catch.hpp"

using kurir::message::field_name;
using kurir::message::field_value;
using kurir::message::header_facts;
using kurir::message::header_scan;

namespace {

header_facts facts_of(std::string_view message) {
    header_scan scan;
    scan.finish(message);
    return scan.facts();
}

// The header section as it was found, without lines of an mbox.
std::string_view header_of(std::string_view message) {
    const auto facts = facts_of(message);
    return message.substr(facts.begin, facts.end - facts.begin);
}

bool has(const header_facts& facts, field_name name) {
    return std::ranges::any_of(facts.fields, [&](const auto& each) { return each.name == name; });
}

}  // namespace

TEST_CASE("The header section ends with its blank line", "[message]") {
    const auto facts = facts_of("Subject: x\r\n\r\nDate: y\r\n");
    CHECK(facts.end == 14);
    CHECK(facts.blank_line);
    CHECK(!facts.body);
    CHECK(!has(facts, field_name::date));
}

TEST_CASE("A message of fields only is all header, text without fields has none", "[message]") {
    CHECK(facts_of("Subject: x\r\n").end == 12);
    CHECK(!facts_of("Subject: x\r\n").blank_line);
    CHECK(!facts_of("Subject: x\r\n").body);
    CHECK(facts_of("Hello there\r\nDate: x\r\n\r\n").end == 0);
    CHECK(facts_of("").end == 0);
    CHECK(facts_of("\r\nbody\r\n").end == 2);
}

TEST_CASE("A2 the first line that is neither field nor continuation ends the header", "[message]") {
    const std::string fields = "From: a@example.org\r\nSubject: s\r\n\tfolded\r\n";
    for (const std::string line : {
             "Hello, this is text.",
             "Received by mail",
             "two words: no field",
             ": no name",
             "n\xc3\xa4me: value",
             "nam\x01"
             "e: value",
             "name",
             "-- ",
             ">From x",
             "From x Mon Nov 23 04:05:06 2026",
         }) {
        CAPTURE(line);
        const auto text = fields + line + "\r\nReceived: a\r\nX-Kurir-Priority: bulk\r\n\r\nx\r\n";
        const auto facts = facts_of(text);
        CHECK(header_of(text) == fields);
        CHECK(facts.body);
        CHECK(!facts.blank_line);
        CHECK(facts.received == 0);
        CHECK(!has(facts, field_name::priority));
    }
    // What belongs to the header, odd as it is.
    for (const std::string line :
         {"Empty:", "X_y.z~!: 1", "Old : style", " \t", "\tcontinued: x"}) {
        CAPTURE(line);
        CHECK(header_of(fields + line + "\r\n\r\nx\r\n") == fields + line + "\r\n\r\n");
    }
    // Nothing goes on before the first field.
    CHECK(header_of(" indented text\r\nFrom: a\r\n\r\n").empty());
}

TEST_CASE("A2 the same header is found however the message is cut", "[message]") {
    const std::string messages[] = {
        "From: a\r\nSubject: s\r\n folded\r\ntext\r\nTo: b\r\n\r\n",
        "From root Mon Nov 23 04:05:06 2026\r\n>From x\r\nFrom: a\r\n\r\ntext\r\n",
        "From here on\r\nit is text\r\n",
        "From root Mon Nov 23 04:05:06 2026\r\n\r\ntext\r\n",
    };
    for (const auto& message : messages) {
        const auto whole = facts_of(message);
        for (std::size_t cut = 0; cut <= message.size(); ++cut) {
            header_scan scan;
            scan.scan(std::string_view(message).substr(0, cut));
            scan.finish(message);
            const auto& facts = scan.facts();
            REQUIRE(facts.begin == whole.begin);
            REQUIRE(facts.end == whole.end);
            REQUIRE(facts.body == whole.body);
            REQUIRE(facts.fields == whole.fields);
        }
    }
}

TEST_CASE("A13 lines of an mbox in front of the header are none of it", "[message]") {
    const std::string header = "From: a\r\nSubject: s\r\n\r\n";
    for (const std::string line : {
             "From root Mon Nov 23 04:05:06 2026\r\n",
             "From root@localhost\r\n",
             ">From uucp Mon Nov 23 04:05:06 2026 remote from host\r\n",
             "From a Mon Nov 23 04:05:06 2026\r\n>From b Mon Nov 23 04:05 2026\r\n",
         }) {
        CAPTURE(line);
        CHECK(facts_of(line + header + "x\r\n").begin == line.size());
        CHECK(header_of(line + header + "x\r\n") == header);
    }
    CHECK(header_of("From root Mon Nov 23 04:05:06 2026\r\n\r\nx\r\n") == "\r\n");
    CHECK(facts_of("From root Mon Nov 23 04:05:06 2026\r\ntext\r\n").begin == 36);
}

TEST_CASE("A13 a byte order mark hides no header", "[message]") {
    const std::string mark = "\xef\xbb\xbf";
    const std::string header = "Bcc: a\r\nSubject: s\r\n\r\n";
    CHECK(facts_of(mark + header + "x\r\n").begin == mark.size());
    CHECK(header_of(mark + header + "x\r\n") == header);
    CHECK(has(facts_of(mark + header), field_name::bcc));
    // In front of text it is text.
    for (const auto* text :
         {"text\r\n", "\r\nSubject: s\r\n", "From root Mon Nov 23 04:05:06 2026\r\n"}) {
        CHECK(facts_of(mark + text).begin == 0);
        CHECK(facts_of(mark + text).end == 0);
    }
    CHECK(header_of(header.substr(0, 8) + mark + header).size() == 8);
}

TEST_CASE("A13 text that begins with the word From stays", "[message]") {
    for (const std::string text :
         {"From here on it is text\r\nand goes on\r\n",
          "From now on\r\n",
          "From now on\r\n\r\nmore\r\n"}) {
        const auto facts = facts_of(text);
        CHECK(facts.begin == 0);
        CHECK(facts.end == 0);
    }
    CHECK(header_of("From : a@example.org\r\n\r\n") == "From : a@example.org\r\n\r\n");
    CHECK(header_of("Subject: s\r\nFrom root Mon Nov 23 04:05:06 2026\r\n") == "Subject: s\r\n");
}

TEST_CASE("S065 Date and Message-ID are found in any case", "[message]") {
    const auto facts = facts_of("dAtE : x\r\nMESSAGE-id:  <a@b>\t\r\n\r\n");
    CHECK(has(facts, field_name::date));
    CHECK(has(facts, field_name::message_id));
    const auto others = facts_of("Resent-Date: x\r\nX-Message-ID: y\r\n\r\n");
    CHECK(others.fields.empty());
}

TEST_CASE("A field ends with its last continuation", "[message]") {
    const std::string text = "Bcc: a,\r\n b,\r\n\tc\r\nSubject: s\r\n folded\r\n\r\n";
    const auto facts = facts_of(text);
    REQUIRE(facts.fields.size() == 1);
    CHECK(facts.fields[0].begin == 0);
    CHECK(facts.fields[0].end == text.find("Subject"));
}

TEST_CASE("S049 only Received fields at a line's start count as hops", "[message]") {
    CHECK(
        facts_of("Received: a\r\n\tReceived: folded\r\nrEcEiVeD: b\r\nX-Received: c\r\n"
                 "Subject: Received: d\r\n\r\nReceived: body\r\n")
            .received == 2
    );
}

TEST_CASE("The value of a field is unfolded and bounded", "[message]") {
    CHECK(field_value("Message-ID:\r\n <a@b>\r\n", 100) == "<a@b>");
    CHECK(field_value("X :  a \r\n\t b\t\r\n \r\n", 100) == "a b");
    CHECK(field_value("X:\r\n", 100).empty());
    CHECK(field_value("X: " + std::string(5000, 'x') + "\r\n", 64).size() == 64);
}

TEST_CASE("A16 a header that is as large as it may be ends before a line of text", "[message]") {
    header_scan text;
    CHECK(text.ends_in("Subject: s\r\nHello, this is a long line"));
    CHECK(text.facts().end == 12);
    header_scan field;
    CHECK(!field.ends_in("Subject: s\r\nX-Long: this is a long li"));
    for (const std::string begun : {"", "X-Na", "Name  ", "\t"}) {
        header_scan open;
        CHECK(!open.ends_in("Subject: s\r\n" + begun));
    }
    header_scan folded;
    CHECK(!folded.ends_in("Subject: s\r\n this is a long li"));
}
