#include "relay/message/fixup.hpp"

#include "tests/support/catch.hpp"

using kurir::message::header_facts;
using kurir::message::header_scan;

namespace {

header_facts facts_of(std::string_view message) {
    header_scan scan;
    scan.finish(message);
    return scan.facts();
}

}  // namespace

TEST_CASE("The header section ends with its blank line", "[message]") {
    const auto facts = facts_of("Subject: x\r\n\r\nDate: y\r\n");
    CHECK(facts.end == 14);
    CHECK(facts.blank_line);
    CHECK(!facts.date);
}

TEST_CASE("A message of fields only is all header, text without fields has none", "[message]") {
    CHECK(facts_of("Subject: x\r\n").end == 12);
    CHECK(!facts_of("Subject: x\r\n").blank_line);
    CHECK(facts_of("Hello there\r\nDate: x\r\n\r\n").end == 0);
    CHECK(facts_of("").end == 0);
    CHECK(facts_of("\r\nbody\r\n").end == 2);
}

TEST_CASE("S065 Date and Message-ID are found in any case", "[message]") {
    const auto facts = facts_of("dAtE : x\r\nMESSAGE-id:  <a@b>\t\r\n\r\n");
    CHECK(facts.date);
    CHECK(facts.message_id);
    CHECK(facts.message_id_text == "<a@b>");
    CHECK(!facts_of("Resent-Date: x\r\nX-Message-ID: y\r\n\r\n").date);
    CHECK(!facts_of("Resent-Date: x\r\nX-Message-ID: y\r\n\r\n").message_id);
}

TEST_CASE("S049 only Received fields at a line's start count as hops", "[message]") {
    CHECK(
        facts_of("Received: a\r\n\tReceived: folded\r\nrEcEiVeD: b\r\nX-Received: c\r\n"
                 "Subject: Received: d\r\n\r\nReceived: body\r\n")
            .received == 2
    );
}

TEST_CASE("A Message-ID for the log is bounded", "[message]") {
    CHECK(
        facts_of("Message-ID: " + std::string(5000, 'x') + "\r\n\r\n").message_id_text.size() == 256
    );
}

TEST_CASE("Bytes above 0x7f in the header are seen, those of the body are not", "[message]") {
    CHECK(facts_of("Subject: \xc3\xb6\r\n\r\n").high_bytes);
    CHECK(!facts_of("Subject: o\r\n\r\n\xc3\xb6\r\n").high_bytes);
}

TEST_CASE("A header that comes byte by byte gives the same facts", "[message]") {
    const std::string message =
        "Received: a\r\nDate: x\r\n folded: y\r\nMessage-ID: <z>\r\nno field\r\n\r\nbody\r\n";
    header_scan scan;
    std::size_t size = 0;
    while (size < message.size() && !scan.scan(std::string_view(message).substr(0, size)))
        ++size;

    CHECK(size == message.find("body"));
    CHECK(scan.facts().end == size);
    CHECK(scan.facts().date);
    CHECK(scan.facts().message_id_text == "<z>");
    CHECK(scan.facts().received == 1);
}
