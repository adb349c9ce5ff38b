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
    return check_unoffered_mail_parameter(given(text));
}

parameter_check of_rcpt(std::string_view text) {
    return check_unoffered_rcpt_parameter(given(text));
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
