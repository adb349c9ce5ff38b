#include "relay/mime/ascii_field.hpp"

#include <string>

#include "relay/mime/survey.hpp"
#include "tests/support/catch.hpp"

using namespace kurir::mime;

namespace {

std::string ascii(std::string_view field, std::string_view declared = {}) {
    return ascii_field(std::string(field) + "\r\n", declared);
}

}  // namespace

TEST_CASE("a field that is fit stays, with its folding", "[mime]") {
    const std::string field = "Subject:  a\r\n\tb  \r\n";
    CHECK(ascii_field(field, "") == field);
}

TEST_CASE("words of text are encoded, and the white space between them", "[mime]") {
    CHECK(ascii("Subject: an \xc3\xa4 and more") == "Subject: an =?utf-8?b?w6Q=?= and more\r\n");
    CHECK(
        ascii("Subject:Gr\xc3\xbc\xc3\x9f"
              "e \xc3\xa4us") == "Subject: =?utf-8?b?R3LDvMOfZSDDpHVz?=\r\n"
    );
    CHECK(
        ascii("Subject: =?utf-8?q?x?= \xc3\xa4") == "Subject: =?utf-8?q?x?= =?utf-8?b?IMOk?=\r\n"
    );
    CHECK(
        ascii("X: quite long text J\xc3\xb6rgensen") ==
        "X: quite long text =?utf-8?q?J=C3=B6rgensen?=\r\n"
    );
}

TEST_CASE("a field is folded behind a name that fills the line", "[mime]") {
    const auto text = ascii(std::string(950, 'x') + ":" + std::string(60, ' ') + "\xc3\xa4");
    CHECK(text.find(":\r\n ") != text.npos);
    CHECK(text.ends_with("=?utf-8?b?w6Q=?=\r\n"));
}

TEST_CASE("the charset is UTF-8, one that is declared, or unknown", "[mime]") {
    CHECK(ascii("X: \xe4") == "X: =?unknown-8bit?b?5A==?=\r\n");
    CHECK(ascii("X: \xe4", "iso-8859-1") == "X: =?iso-8859-1?b?5A==?=\r\n");
    CHECK(ascii("X: \xc3\xa4", "iso-8859-1") == "X: =?utf-8?b?w6Q=?=\r\n");
}

TEST_CASE("no character is divided, and no word passes 75 bytes", "[mime]") {
    std::string text;
    for (int i = 0; i < 100; ++i)
        text += "\xe2\x82\xac";
    const auto field = ascii("Subject: " + text);
    for (std::size_t at = field.find("=?"); at != field.npos; at = field.find("=?", at + 1)) {
        const auto word = field.substr(at, field.find("?=", at + 10) + 2 - at);
        CHECK(word.size() <= 75);
        CHECK((word.size() - 12) % 4 == 0);  // whole triples need no padding
        CHECK(word.find("=?=") == word.npos);
    }
}

TEST_CASE("names in addresses are encoded, and the rest stays", "[mime]") {
    CHECK(
        ascii("From: \"M\xc3\xbcller, J\xc3\xb6rg\" <j@a.test>, \"Doe, J\" <d@a.test>") ==
        "From: =?utf-8?b?TcO8bGxlciwgSsO2cmc=?= <j@a.test>, \"Doe, J\" <d@a.test>\r\n"
    );
    CHECK(
        ascii("To: Gr\xc3\xbc\xc3\x9f"
              "e: a@b.test, c@d.test;, e@f.test (\xc3\xa4)"
        ) == "To: =?utf-8?b?R3LDvMOfZQ==?=: a@b.test, c@d.test;, e@f.test (=?utf-8?b?w6Q=?=)\r\n"
    );
    CHECK(
        ascii("Cc: J\xc3\xb6rg Otto Maier <j@a.test>") ==
        "Cc: =?utf-8?b?SsO2cmc=?= Otto Maier <j@a.test>\r\n"
    );
}

TEST_CASE("a line of addresses is divided between its tokens", "[mime]") {
    const std::string name = '"' + std::string(890, 'n') + '"';
    const std::string address = '<' + std::string(60, 'l') + '@' + std::string(800, 'd') + '>';
    CHECK(ascii("To: " + name + address) == "To: " + name + "\r\n " + address + "\r\n");
    CHECK(
        ascii("To:" + std::string(896, 'a') + ',' + std::string(800, 'b')) ==
        "To:" + std::string(896, 'a') + ",\r\n " + std::string(800, 'b') + "\r\n"
    );
}

TEST_CASE("addresses that are not ASCII", "[mime]") {
    CHECK(ascii("To: x <a@\xc3\xa4.test>") == "To: x <a@xn--4ca.test>\r\n");
    CHECK(ascii("To: a@\xc3\xa4.test") == "To: a@xn--4ca.test\r\n");
    CHECK(
        ascii("To: \xc3\xa4@a.test, b@a.test") == "To: =?utf-8?b?w6RAYS50ZXN0?= :;, b@a.test\r\n"
    );
    CHECK(ascii("To: x <\xc3\xa4@a.test>") == "To: x =?utf-8?b?w6RAYS50ZXN0?= :;\r\n");
}

TEST_CASE("parameters are written as RFC 2231 has it", "[mime]") {
    const auto attached = ascii(
        "Content-Disposition: attachment; filename=\"Gr\xc3\xb6\xc3\x9f"
        "e a.pdf\"; size=3"
    );
    CHECK(
        attached ==
        "Content-Disposition: attachment; filename*=utf-8''Gr%C3%B6%C3%9Fe%20a.pdf;\r\n"
        " size=3\r\n"
    );
    const auto field =
        ascii("Content-Type: text/plain; name=" + std::string(60, '\xe4'), "iso-8859-1");
    CHECK(field.find("name*0*=iso-8859-1''%E4%E4") != field.npos);
    CHECK(field.find(";\r\n name*1*=%E4") != field.npos);
}

TEST_CASE("lines that can't be folded are divided all the same", "[mime]") {
    for (const auto* const name : {"Subject", "To", "Content-Type", "X"}) {
        const auto field = ascii(
            std::string(name) + ": " + std::string(3000, 'x') + "; y=" + std::string(3000, 'z')
        );
        CHECK_FALSE(needs_encoding(field));
    }
}

TEST_CASE("NULs and line ends of one byte don't stay", "[mime]") {
    CHECK(ascii(std::string("X: a\0b", 6)) == "X: =?us-ascii?b?YQBi?=\r\n");
    CHECK(ascii("X: a\nb") == "X: =?us-ascii?b?YQpi?=\r\n");
}
