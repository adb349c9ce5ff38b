#include "relay/smtp/command.hpp"

#include <limits>

#include "tests/support/catch.hpp"

using namespace kurir::smtp;

TEST_CASE("S015 S016 verbs in any case, white space around the argument is dropped", "[smtp]") {
    const auto command = parse_command("eHLo  mail.example.org \t ");
    CHECK(command.name == verb::ehlo);
    CHECK(command.word == "eHLo");
    CHECK(command.argument == "mail.example.org");
    CHECK(parse_command("QUIT ").argument.empty());
    CHECK(parse_command("").name == verb::unknown);
    CHECK(parse_command("  QUIT").name == verb::unknown);
}

TEST_CASE("S038 S057 known verbs are told from unknown ones", "[smtp]") {
    CHECK(parse_command("TURN").name == verb::not_implemented);
    CHECK(parse_command("send FROM:<a@b.org>").name == verb::not_implemented);
    CHECK(parse_command("STARTTLS").name == verb::starttls);
    CHECK(parse_command("DATAX").name == verb::unknown);
    CHECK(parse_command("MAILFROM:<a@b.org>").name == verb::unknown);
    CHECK(parse_command("GET / HTTP/1.1").name == verb::http);
    CHECK(parse_command("PROXY TCP4 1.2.3.4").name == verb::proxy);
}

TEST_CASE("S017 control characters are found", "[smtp]") {
    CHECK(has_control(std::string_view("NOOP\0", 5)));
    CHECK(has_control("NOOP\r"));
    CHECK(has_control("NOOP\x7f"));
    CHECK(!has_control("NOOP\tx \xc3\xb6"));
}

TEST_CASE("S014 MAIL takes a path and parameters, also after white space", "[smtp]") {
    const auto mail =
        parse_mail_argument("FROM: <a@b.org>  SIZE=12 BODY=8bitmime SMTPUTF8", grammar::strict);
    REQUIRE(mail.wrong == path_argument::problem::none);
    CHECK(mail.address.text() == "a@b.org");
    REQUIRE(mail.parameters.size() == 3);
    CHECK(mail.parameters[0].keyword == "SIZE");
    CHECK(mail.parameters[0].value == "12");
    CHECK(mail.parameters[1].value == "8bitmime");
    CHECK(!mail.parameters[2].value);
    CHECK(
        parse_rcpt_argument("tO:<a@b.org>", grammar::strict).wrong == path_argument::problem::none
    );
}

TEST_CASE("What is wrong with MAIL and RCPT is told apart", "[smtp]") {
    using problem = path_argument::problem;

    CHECK(parse_mail_argument("", grammar::strict).wrong == problem::syntax);
    CHECK(parse_mail_argument("<a@b.org>", grammar::strict).wrong == problem::syntax);
    CHECK(parse_mail_argument("FROM <a@b.org>", grammar::strict).wrong == problem::syntax);
    CHECK(parse_mail_argument("TO:<a@b.org>", grammar::strict).wrong == problem::syntax);
    CHECK(parse_mail_argument("FROM:", grammar::strict).wrong == problem::path);
    CHECK(parse_mail_argument("FROM:a@b.org", grammar::strict).wrong == problem::path);
    CHECK(parse_mail_argument("FROM:<a@b.org>SIZE=1", grammar::strict).wrong == problem::path);
    CHECK(parse_rcpt_argument("TO:<a>", grammar::strict).path_error == address_error::unqualified);
    CHECK(parse_mail_argument("FROM:<a@b.org> =1", grammar::strict).wrong == problem::parameter);
    CHECK(parse_mail_argument("FROM:<a@b.org> SIZE=", grammar::strict).wrong == problem::parameter);
    CHECK(parse_mail_argument("FROM:<a@b.org> A=b=c", grammar::strict).wrong == problem::parameter);
    CHECK(parse_mail_argument("FROM:<a@b.org> A\x01", grammar::strict).wrong == problem::parameter);
}

TEST_CASE("S093 a UTF-8 path is read and marked, whatever the parameters say", "[smtp]") {
    const auto mail = parse_mail_argument("FROM:<j\xc3\xb6rg@b.org> SMTPUTF8", grammar::strict);
    REQUIRE(mail.wrong == path_argument::problem::none);
    CHECK(mail.address.address->utf8);
}

TEST_CASE("S088 BDAT takes a size and LAST, nothing else", "[smtp]") {
    CHECK(parse_bdat_argument("5") == chunk_argument{5, false});
    CHECK(parse_bdat_argument("0 last") == chunk_argument{0, true});
    for (const auto* text :
         {"",
          "-1",
          "+5",
          "0x10",
          "5 LASTX",
          "5  LAST",
          "5LAST",
          "x",
          "5 ",
          "5 6",
          "99999999999999999999",
          "LAST"}) {
        CAPTURE(text);
        CHECK(!parse_bdat_argument(text));
    }
}

TEST_CASE("S083 SIZE has up to twenty digits", "[smtp]") {
    CHECK(parse_size("0") == 0);
    CHECK(parse_size("25000000") == 25000000);
    CHECK(parse_size("00000000000000000012") == 12);
    CHECK(parse_size("99999999999999999999") == std::numeric_limits<std::uint64_t>::max());
    CHECK(!parse_size("999999999999999999999"));
    CHECK(!parse_size("-1"));
    CHECK(!parse_size(""));
    CHECK(!parse_size("1k"));
}
