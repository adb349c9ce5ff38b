// Addresses of senders in headers: what is one is changed, and nothing else.
#include "relay/rewrite/header.hpp"
#include "tests/rewrite/rewriting.hpp"

using namespace kurir;
using namespace kurir::tests;

namespace {

const auto maps = with_senders(
    "jane@old.example -> jane.doe@new.example; @old.example -> @new.example", "example.com"
);

std::string from(std::string_view value) {
    const auto text = changed(maps, "From:" + std::string(value) + "\r\n\r\n");
    REQUIRE(text.starts_with("From:"));
    REQUIRE(text.ends_with("\r\n\r\n"));
    return text.substr(5, text.size() - 9);
}

}  // namespace

TEST_CASE("an address is changed wherever a mailbox has it", "[rewrite]") {
    CHECK(from(" jane@old.example") == " jane.doe@new.example");
    CHECK(from(" bob@old.example") == " bob@new.example");
    CHECK(from("app@web1.example.com") == "app@example.com");
    CHECK(from(" Jane <jane@old.example>") == " Jane <jane.doe@new.example>");
    CHECK(
        from(" a@old.example, B <b@x.example>,\r\n\tc@web.example.com") ==
        " a@new.example, B <b@x.example>,\r\n\tc@example.com"
    );
    CHECK(
        from(" Team: a@old.example, b@old.example;, c@x.example") ==
        " Team: a@new.example, b@new.example;, c@x.example"
    );
    CHECK(
        from(" <@hub.old.example,@b.example:jane@old.example>") ==
        " <@hub.old.example,@b.example:jane.doe@new.example>"
    );
    CHECK(from(" JANE@OLD.example") == " jane.doe@new.example");
    CHECK(from(" \"bob smith\"@old.example") == " \"bob smith\"@new.example");
    CHECK(
        from(" jane@old.example <jane@old.example>") ==
        " jane.doe@new.example <jane.doe@new.example>"
    );
}

TEST_CASE("names, comments, folding and encoded words keep every byte", "[rewrite]") {
    CHECK(
        from(" \"jane@old.example, Jane\" <bob@old.example>") ==
        " \"jane@old.example, Jane\" <bob@new.example>"
    );
    CHECK(
        from(" (jane@old.example)\r\n  bob (x \\) y) @ (z) old.example (end)") ==
        " (jane@old.example)\r\n  bob (x \\) y) @ (z) new.example (end)"
    );
    CHECK(
        from(" =?UTF-8?Q?jane=40old.example?=\r\n <bob@old.example>") ==
        " =?UTF-8?Q?jane=40old.example?=\r\n <bob@new.example>"
    );
    CHECK(
        from(" J\xfcrgen M\xc3\xbcller <bob@old.example>") ==
        " J\xfcrgen M\xc3\xbcller <bob@new.example>"
    );
    CHECK(from("\t \"q\\\"uote\" <bob@old.example> \t") == "\t \"q\\\"uote\" <bob@new.example> \t");
}

TEST_CASE("what is no list of addresses stays as it is", "[rewrite]") {
    const auto text = GENERATE(
        as<std::string>(),
        "",
        " ",
        " <>",
        " jane@old.example bob@old.example",
        " jane@old.example <bob@old.example",
        " (open jane@old.example",
        " \"open jane@old.example",
        " jane@old.example\r\n",
        " root",
        " =?UTF-8?Q?jane?=@old.example",
        std::string(" jane\0x@old.example", 19),
        " jane . doe@old.example",
        " @old.example",
        " a@b@old.example",
        " undisclosed-recipients:;",
        " jane@[192.0.2.1]"
    );
    CAPTURE(text);
    const auto header = "Subject: x\r\nFrom:" + text + "\r\nTo: jane@old.example\r\n\r\n";
    if (text.ends_with("\r\n")) return;
    CHECK(changed(maps, header) == header);
}

TEST_CASE("all fields of senders are changed, and no other", "[rewrite]") {
    const std::string header =
        "Received: from old.example (jane@old.example)\r\n"
        "from: jane@old.example\r\n"
        "FROM : jane@old.example\r\n"
        "Sender: jane@old.example\r\n"
        "Reply-To: jane@old.example\r\n"
        "Resent-From: jane@old.example\r\n"
        "Disposition-Notification-To: jane@old.example\r\n"
        "To: jane@old.example\r\n"
        "Cc: jane@old.example\r\n"
        "Message-ID: <1@old.example>\r\n"
        "X-From: jane@old.example\r\n"
        "\r\n";
    const std::string expected =
        "Received: from old.example (jane@old.example)\r\n"
        "from: jane.doe@new.example\r\n"
        "FROM : jane.doe@new.example\r\n"
        "Sender: jane.doe@new.example\r\n"
        "Reply-To: jane.doe@new.example\r\n"
        "Resent-From: jane.doe@new.example\r\n"
        "Disposition-Notification-To: jane.doe@new.example\r\n"
        "To: jane@old.example\r\n"
        "Cc: jane@old.example\r\n"
        "Message-ID: <1@old.example>\r\n"
        "X-From: jane@old.example\r\n"
        "\r\n";
    CHECK(changed(maps, header) == expected);
}

TEST_CASE("no line becomes longer than a server takes", "[rewrite]") {
    const auto name = '"' + std::string(960, 'n') + '"';
    const auto text = from(" " + name + " <jane@old.example>");
    CHECK(text == " " + name + " <\r\n jane.doe@new.example>");
}

TEST_CASE("what could not be read is told, and what was replaced", "[rewrite]") {
    const std::string_view text =
        "From: bob@old.example\r\nReply-To: bob@old.example bob@old.example\r\n\r\n";
    message::header_scan scan;
    REQUIRE(scan.scan(text));
    const auto result = rewrite::change_header(maps, submission_from(), text, scan.facts());
    CHECK(result.unreadable == std::vector<std::string>{"Reply-To"});
    CHECK(
        result.authors ==
        std::vector<rewrite::replaced_address>{{"bob@old.example", "bob@new.example"}}
    );
}

TEST_CASE("a header of a megabyte is changed in one go", "[rewrite]") {
    std::string value;
    for (int i = 0; i < 900; ++i)
        value += (i == 0 ? " " : ",\r\n ") + std::string("\"") + std::string(900, 'x') +
                 "\" <bob@old.example>";
    const auto text = from(value);
    CHECK(text.find("old.example") == std::string::npos);
    CHECK(text.size() == value.size());
    const auto many =
        std::string(" a@old.example,") + std::string(1024 * 1024, ' ') + "x@y.example";
    CHECK(from(many) == many);  // larger than what is read
}
