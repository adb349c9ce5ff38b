#include "relay/smtp/parameters.hpp"

#include "tests/support/catch.hpp"

using namespace kurir::smtp;
using enum parameter_check;

namespace {

parameter given(std::string_view text) {
    parameter made;
    const auto equals = text.find('=');
    made.keyword = text.substr(0, equals);
    if (equals != std::string_view::npos) made.value = text.substr(equals + 1);
    return made;
}

parameter_check of_mail(std::string_view text) {
    server_transaction transaction;
    return take_mail_parameter(given(text), grammar::liberal, transaction);
}

parameter_check of_rcpt(std::string_view text) {
    return take_rcpt_parameter(given(text), grammar::liberal);
}

}  // namespace

TEST_CASE("A14 parameters of extensions that are not offered are checked", "[smtp]") {
    for (const auto* text : {"RET=HDRS", "ret=full", "ENVID=QQ+2B1", "AUTH=<>", "AUTH=a+2Bb@c.org"})
        CHECK(of_mail(text) == ignored);
    for (const auto* text : {"RET", "RET=ALL", "ENVID", "ENVID=a+b", "ENVID=a+0", "AUTH"})
        CHECK(of_mail(text) == bad_value);
    for (const auto* text : {"REQUIRETLS", "BY=100;R", "HOLDFOR=1", "NOTIFY=NEVER", "FOO=bar"})
        CHECK(of_mail(text) == unknown);

    for (const auto* text :
         {"NOTIFY=NEVER",
          "notify=success,FAILURE,Delay",
          "ORCPT=rfc822;b+2Bc@d.org",
          "ORCPT=utf-8;\xc3\xb6@d.org"})
        CHECK(of_rcpt(text) == ignored);
    for (const auto* text :
         {"NOTIFY",
          "NOTIFY=NEVER,DELAY",
          "NOTIFY=DELAY,",
          "NOTIFY=x",
          "ORCPT=b@d.org",
          "ORCPT=;b@d.org",
          "ORCPT=rfc822;",
          "ORCPT=rfc822;b+zz"})
        CHECK(of_rcpt(text) == bad_value);
    CHECK(of_rcpt("RET=FULL") == unknown);
}

TEST_CASE("Parameters that are offered are taken with either grammar", "[smtp]") {
    for (const auto rules : {grammar::strict, grammar::liberal}) {
        server_transaction transaction;
        const auto check = [&](std::string_view text) {
            return take_mail_parameter(given(text), rules, transaction);
        };
        CHECK(check("size=1234") == taken);
        CHECK(transaction.declared_size == 1234);
        CHECK_FALSE(transaction.smtputf8);
        CHECK(check("SMTPUTF8") == taken);
        CHECK(transaction.smtputf8);
        CHECK(check("BODY=7bit") == taken);
        CHECK(check("BODY=8BITMIME") == taken);
        CHECK(check("BODY=BINARYMIME") == binary);
        for (const auto* text : {"SIZE", "SIZE=x", "SMTPUTF8=yes", "BODY", "BODY=9BIT"})
            CHECK(check(text) == bad_value);
    }
}

TEST_CASE("With the strict grammar, parameters that are not offered are unknown", "[smtp]") {
    server_transaction transaction;
    for (const auto* text : {"RET=HDRS", "RET=ALL", "ENVID=QQ", "AUTH=<>", "FOO"})
        CHECK(take_mail_parameter(given(text), grammar::strict, transaction) == unknown);
    for (const auto* text : {"NOTIFY=NEVER", "NOTIFY", "ORCPT=rfc822;b@d.org", "FOO"})
        CHECK(take_rcpt_parameter(given(text), grammar::strict) == unknown);
}
