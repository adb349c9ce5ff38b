// Who a message claims to be from: every address that some reader may show.
#include "relay/message/authors.hpp"

#include <string>
#include <utility>
#include <vector>

#include "tests/support/catch.hpp"

using namespace kurir::message;

namespace {

// The addresses, separated by blanks; "?" if they can't be read.
std::string text_of(const authors& found) {
    if (!found.readable) return "?";
    std::string all;
    for (const auto& each : found.addresses)
        all.append(all.empty() ? "" : " ").append(each);
    return all;
}

std::string in_field(std::string_view value) {
    return text_of(authors_in(value, "local.example"));
}

std::string in_message(const std::string& message) {
    header_scan scan;
    if (!scan.scan(message)) scan.finish(message);
    return text_of(authors_of(message, scan.facts(), "local.example"));
}

}  // namespace

TEST_CASE("addresses are found in every form of RFC 5322", "[message][authors]") {
    const std::vector<std::pair<const char*, const char*>> rows{
        {"a@b.example", "a@b.example"},
        {" <A@B.example>\r\n", "A@b.example"},
        {"Ann Lee <a@b.example>", "a@b.example"},
        {"\"Lee, Ann\" <a@b.example>", "a@b.example"},
        {"\"x@evil.example\" <a@b.example>", "a@b.example"},
        {"=?utf-8?q?x=40evil.example?= <a@b.example>", "a@b.example"},
        {"a@b.example (Ann \\) x@evil.example (nested))", "a@b.example"},
        {"a(comment)@(comment)b.example", "a@b.example"},
        {"Ann\r\n <a@b.example>,\r\n\t\"Bob\"\r\n <c@d.example>", "a@b.example c@d.example"},
        {"a@b.example, c@d.example,", "a@b.example c@d.example"},
        {",, a@b.example", "a@b.example"},
        {"Team: a@b.example, Bob <c@d.example>;", "a@b.example c@d.example"},
        {"Team: a@b.example;, x@y.example", "a@b.example x@y.example"},
        {"Undisclosed:;", ""},
        {"", ""},
        {"<@hop.example,@two.example:a@b.example>", "a@b.example"},
        {"\"a b\"@c.example", "\"a b\"@c.example"},
        {"\"ab\"@c.example", "ab@c.example"},
        {"a@[192.0.2.1]", "a@[192.0.2.1]"},
        {"a@m\xc3\xbcller.example", "a@xn--mller-kva.example"},
        {"root", "root@local.example"},
        {"Cron <root>", "root@local.example"},
        {"www-data@3f2a1b4c5d6e", "www-data@local.example"},
    };
    for (const auto& [value, wanted] : rows) {
        CAPTURE(value);
        CHECK(in_field(value) == wanted);
    }
}

TEST_CASE("an address in a name counts, too", "[message][authors]") {
    CHECK(in_field("a@b.example <a@b.example>") == "a@b.example a@b.example");
    CHECK(in_field("x@evil.example <a@b.example>") == "x@evil.example a@b.example");
    CHECK(in_field("The Boss x@evil.example now <a@b.example>") == "x@evil.example a@b.example");
    CHECK(in_field("at @ home <a@b.example>") == "at@local.example a@b.example");
}

TEST_CASE("what is no list of addresses can't be judged", "[message][authors]") {
    for (const auto* value : {
             "<a@b.example",
             "a@b.example>",
             "<<a@b.example>>",
             "<a@b.example> <x@evil.example>",
             "<a@b.example> x@evil.example",
             "a@b.example x@evil.example",
             "a@b.example@evil.example",
             "<x@evil.example,a@b.example>",
             "<x@evil.example:a@b.example>",
             "x@evil.example: a@b.example;",
             "@evil.example <a@b.example>",
             "Ann Lee",
             "<>",
             "<@b.example>",
             "\"a@b.example",
             "(a@b.example",
             "a@b.example)",
             "a\\@b.example",
             "a@\"b.example\"",
             "=?utf-8?b?eEBldmlsLmV4YW1wbGUA?=@b.example",
             "<=?utf-8?q?x=40evil.example=00?=@b.example>",
             "a@b..example",
             "a@b.example\x01",
         }) {
        CAPTURE(value);
        CHECK(in_field(value) == "?");
    }
    CHECK(text_of(authors_in("root", "")) == "?");
}

TEST_CASE("all From fields of the header count, and no other field", "[message][authors]") {
    CHECK(in_message("From: a@b.example\r\n\r\nFrom: x@evil.example\r\n") == "a@b.example");
    CHECK(
        in_message("From: a@b.example\r\nSubject: x\r\nfROM : Bob\r\n <c@d.example>\r\n\r\n") ==
        "a@b.example c@d.example"
    );
    CHECK(in_message("Sender: x@evil.example\r\nReply-To: y@evil.example\r\n\r\n").empty());
    CHECK(in_message("Subject: no From\r\n\r\n").empty());
    CHECK(in_message("From: a@b.example").starts_with("a@b.example"));
    CHECK(in_message("From: a@b.example\r\nFrom: <\r\n\r\n") == "?");
}

TEST_CASE("what can be judged is bounded", "[message][authors]") {
    std::string list;
    for (std::size_t number = 0; number < authors_max; ++number)
        list += "a@b.example,";
    CHECK(authors_in(list, "").addresses.size() == authors_max);
    CHECK(in_field(list + "a@b.example") == "?");
    CHECK(in_field(std::string(author_fields_size_max, ' ') + "a@b.example") == "?");
    const std::string long_field = "From: (" + std::string(40'000, 'x') + ") a@b.example\r\n";
    CHECK(in_message(long_field + "\r\n") == "a@b.example");
    CHECK(in_message(long_field + long_field + "\r\n") == "?");
    CHECK(in_field(std::string(30'000, '(') + "a@b.example") == "?");
}
