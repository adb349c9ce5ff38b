#include "relay/smtp/address.hpp"

#include "tests/support/catch.hpp"

using namespace kurir::smtp;

namespace {

std::string forward(std::string_view text, bool utf8 = false) {
    const auto result = parse_forward_path(text, utf8);
    if (!result || result.consumed != text.size()) return "refused";
    return result.value->text();
}

address_error error_of(std::string_view text, bool utf8 = false) {
    const auto result = parse_forward_path(text, utf8);
    REQUIRE(!result);
    return result.error;
}

}  // namespace

TEST_CASE("S015 S054 the local-part keeps its bytes, the domain becomes lower case", "[smtp]") {
    CHECK(forward("<John.Doe+Tag@Example.ORG>") == "John.Doe+Tag@example.org");
    CHECK(forward("<user%third.example!x@example.org>") == "user%third.example!x@example.org");
}

TEST_CASE("S019 quoted local-parts get their minimum quoting", "[smtp]") {
    CHECK(forward(R"(<"a b"@d.org>)") == R"("a b"@d.org)");
    CHECK(forward(R"(<"a\"b"@d.org>)") == R"("a\"b"@d.org)");
    CHECK(forward(R"(<""@d.org>)") == R"(""@d.org)");
    CHECK(forward(R"(<"\a\b"@d.org>)") == "ab@d.org");
    CHECK(forward(R"(<"john.doe"@d.org>)") == "john.doe@d.org");
    CHECK(forward(R"(<"a@b"@d.org>)") == R"("a@b"@d.org)");
    CHECK(forward(R"(<"a>b"@d.org>)") == R"("a>b"@d.org)");
}

TEST_CASE("S020 a source route is accepted and dropped", "[smtp]") {
    CHECK(forward("<@a.org,@b.org:u@c.org>") == "u@c.org");
    const auto reverse = parse_reverse_path("<@a.org:u@c.org>", false);
    REQUIRE(reverse);
    CHECK(reverse.value->text() == "u@c.org");
    CHECK(forward("<@a.org,b.org:u@c.org>") == "refused");
    CHECK(forward("<@a.org>") == "refused");
}

TEST_CASE("S021 malformed paths are refused", "[smtp]") {
    const std::string path = GENERATE(
        as<std::string>(),
        "a@b.org",
        "<<a@b.org>>",
        "<a@b.org",
        "<a..b@c.org>",
        "<.a@c.org>",
        "<a.@c.org>",
        "<a@c..org>",
        "<a@.org>",
        "<a@c.org.>",
        "<a@under_score.org>",
        "<a@-x.org>",
        "<a@x-.org>",
        "<a@b@c.org>",
        "<a b@c.org>",
        "<a@>",
        "<\"a@b.org>",
        "<a\"b@c.org>",
        "<a@#123>",
        "<a\x01@b.org>",
        "<\"a\r\nb\"@c.org>",
        ""
    );
    CAPTURE(path);
    CHECK(error_of(path) == address_error::syntax);
}

TEST_CASE("S021 a label has at most 63 bytes", "[smtp]") {
    const std::string label(63, 'x');
    CHECK(forward("<a@" + label + ".org>") != "refused");
    CHECK(error_of("<a@x" + label + ".org>") == address_error::syntax);
}

TEST_CASE("A3 the sizes of RFC 5321 4.5.3.1 are the least, not the most", "[smtp]") {
    for (const std::size_t size : {64U, 65U, 250U, 1900U}) {
        const std::string local(size, 'l');
        CHECK(forward("<" + local + "@d.org>") == local + "@d.org");
        const auto reverse = parse_reverse_path("<" + local + "@d.org>", false);
        CHECK(reverse);
    }
    std::string letters;  // 33 Cyrillic letters are 66 bytes
    for (int i = 0; i < 33; ++i)
        letters += "\xd0\xb6";
    CHECK(forward("<" + letters + "@d.org>", true) == letters + "@d.org");
}

TEST_CASE("S022 a domain has at most 255 bytes", "[smtp]") {
    std::string domain;
    while (domain.size() < 250)
        domain += "123456789.";
    domain += "123.x";
    REQUIRE(domain.size() == 255);
    CHECK(forward("<a@" + domain + ">") != "refused");
    CHECK(error_of("<a@1" + domain + ">") == address_error::too_long);
}

TEST_CASE("S023 Postmaster needs no domain, others do", "[smtp]") {
    const auto result = parse_forward_path("<pOSTmaster>", false);
    REQUIRE(result);
    CHECK(result.value->postmaster);
    CHECK(!result.value->address);
    CHECK(error_of("<someone>") == address_error::unqualified);
    CHECK(error_of("<\"relaytest@third.example\">") == address_error::unqualified);
    CHECK(!parse_reverse_path("<Postmaster>", false));
}

TEST_CASE("S058 the null reverse-path is a path without address", "[smtp]") {
    const auto result = parse_reverse_path("<> SIZE=1", false);
    REQUIRE(result);
    CHECK(!result.value->address);
    CHECK(result.consumed == 2);
    CHECK(!parse_forward_path("<>", false));
}

TEST_CASE("S059 address literals are checked and get one spelling", "[smtp]") {
    CHECK(forward("<a@[1.2.3.4]>") == "a@[1.2.3.4]");
    CHECK(forward("<a@[IPv6:::1]>") == "a@[IPv6:::1]");
    CHECK(forward("<a@[ipv6:2001:DB8:0:0::1]>") == "a@[IPv6:2001:db8::1]");
    CHECK(forward("<a@[300.1.1.1]>") == "refused");
    CHECK(forward("<a@[1.2.3]>") == "refused");
    CHECK(forward("<a@[0x7f.1]>") == "refused");
    CHECK(forward("<a@[::1]>") == "refused");
    CHECK(forward("<a@[IPv6:1.2.3.4]>") == "refused");
    CHECK(forward("<a@[x:y]>") == "refused");
}

TEST_CASE("S093 UTF-8 needs SMTPUTF8", "[smtp]") {
    CHECK(error_of("<j\xc3\xb6rg@d.org>") == address_error::utf8_not_allowed);
    CHECK(
        error_of("<a@b\xc3\xbc"
                 "cher.example>") == address_error::utf8_not_allowed
    );
    CHECK(forward("<j\xc3\xb6rg@d.org>", true) == "j\xc3\xb6rg@d.org");
}

TEST_CASE("D16 a domain is mapped before it is converted", "[smtp]") {
    const std::string expected = "u@xn--sterreich-z7a.example";
    for (const std::string domain : {
             "\xc3\x96STERREICH.example",   // capitals
             "\xc3\xb6sterreich.EXAMPLE",   // mixed
             "O\xcc\x88sterreich.example",  // O and a combining diaeresis
             "\xc3\xb6sterreich\xe3\x80\x82"
             "example",  // an ideographic full stop
             "\xc3\xb6sterreich\xef\xbc\x8e"
             "example",  // a fullwidth one
             "\xc3\xb6sterreich\xef\xbd\xa1"
             "example",  // a halfwidth one
             "\xc3\xb6sterr\xc2\xad"
             "eich.example",                          // a soft hyphen
             "\xc3\xb6\xef\xbd\x93terreich.example",  // a fullwidth s
             "XN--STERREICH-Z7A.example",
         }) {
        CAPTURE(domain);
        CHECK(forward("<u@" + domain + ">", true) == expected);
    }
    // Without the transitional mappings: these are letters of their own.
    CHECK(forward("<u@FA\xc3\x9f.example>", true) == "u@xn--fa-hia.example");
    CHECK(forward("<u@\xce\xa3\xce\x91\xce\xa3.example>", true) == "u@xn--mxa9ab.example");
    CHECK(
        parse_reverse_path("<u@\xc3\x96STERREICH.example>", true).value->address->domain ==
        "xn--sterreich-z7a.example"
    );
    // What is mapped has to be a name then.
    for (const std::string domain : {
             "\xef\xbc\xa0.example",  // a fullwidth @
             "a\xe3\x80\x82\xe3\x80\x82"
             "b",  // two full stops
             "a\xef\xbc\x8f"
             "b.example",  // a fullwidth slash
             "a\xe3\x80\x80"
             "b.example",  // an ideographic space
             "\xcc\x88"
             "a.example",  // begins with a combining mark
             "xn--\xc3\xb6.example",
         }) {
        CAPTURE(domain);
        CHECK(forward("<u@" + domain + ">", true) == "refused");
    }
}

TEST_CASE("S094 U-labels become A-labels, anything else is refused", "[smtp]") {
    CHECK(
        forward(
            "<a@B\xc3\xbc"
            "cher.example>",
            true
        ) == "a@xn--bcher-kva.example"
    );
    CHECK(parse_forward_path(
              "<a@b\xc3\xbc"
              "cher.example>",
              true
    )
              .value->address->utf8);
    CHECK(forward("<a@b\xe2\x98\x83.example>", true) == "refused");  // a symbol
    CHECK(
        forward(
            "<a\xef\xbc\xa0"
            "b.example>",
            true
        ) == "refused"
    );                                                                     // fullwidth @
    CHECK(forward("<\xc0\xaf@b.example>", true) == "refused");             // overlong
    CHECK(forward("<\xed\xa0\x80@b.example>", true) == "refused");         // surrogate
    CHECK(forward("<\xf5\x80\x80\x80@b.example>", true) == "refused");     // above U+10FFFF
    CHECK(forward("<\xe2\x82@b.example>", true) == "refused");             // cut short
    CHECK(forward("<\xc4\x8a@b.example>", true) == "\xc4\x8a@b.example");  // U+010A is no LF
}

TEST_CASE("A mailbox without brackets is all of the text", "[smtp]") {
    CHECK(parse_mailbox("a@b.org", false));
    CHECK(!parse_mailbox("a@b.org ", false));
    CHECK(!parse_mailbox("<a@b.org>", false));
}

TEST_CASE("S005 S007 the name in EHLO is a domain or an address literal", "[smtp]") {
    for (const auto* good :
         {"a",
          "mail.example.org",
          "my_host",
          "[1.2.3.4]",
          "[IPv6:::1]",
          "[::1]",
          "example.org.",
          "127.0.0.1"}) {
        CAPTURE(good);
        CHECK(is_domain_or_literal(good));
    }
    for (const auto* bad :
         {"",
          "a b",
          "a\x01",
          "[1.2.3]",
          "[]",
          "a..b",
          ".",
          "<a>",
          "a/b",
          "b\xc3\xbc"
          "cher",
          "-"}) {
        CAPTURE(bad);
        CHECK(!is_domain_or_literal(bad));
    }
}
