// What `kurir route` prints.
#include "relay/app/route_report.hpp"

#include <string>

#include "relay/config/rate.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/route_rules.hpp"

using namespace kurir;
using namespace kurir::app;
using Catch::Matchers::ContainsSubstring;

namespace {

config::config routed() {
    config::config settings;
    settings.destination_concurrency = 20;
    settings.relayhosts["ses"] = {{.host = "ses1.example"}, {.host = "ses2.example", .port = 587}};
    settings.routes = tests::rules_of(
        "to=a.example -> ses\n"
        "user=ann -> mx\n"
        "tag=slow to=b.example -> reject \"550 5.1.6 moved\"\n"
        "to=b.example -> reject \"551 no\"\n"
        "to=null.example -> discard\n"
        "to=gone.example -> reject \"552 no\""
    );
    REQUIRE_FALSE(
        config::rate_rules::read("ses2.example=5/s c.example=7/h", settings.destination_rate)
    );
    return settings;
}

std::string report(const route_question& question) {
    return route_report(routed(), question).value_or("nothing");
}

}  // namespace

TEST_CASE("kurir route tells the rule, the hosts and the limits", "[app][route]") {
    CHECK(
        report({.sender = "me@x.example", .recipient = "You@A.example"}) ==
        "rule    KURIR_ROUTES, line 1: to=a.example -> ses\n"
        "route   ses\n"
        "to      relayhost ses1.example:25,ses2.example:587\n"
        "policy  no TLS, no login\n"
        "source  the address that the system chooses\n"
        "limits  20 connections; rate: 5/s\n"
    );
    CHECK(
        report({.sender = "<>", .recipient = "c.example"}) ==
        "rule    none of KURIR_ROUTES matches\n"
        "route   default\n"
        "to      the MX hosts of c.example\n"
        "policy  no TLS, no login\n"
        "source  the address that the system chooses\n"
        "limits  20 connections; rate: 7/h\n"
    );
    CHECK_THAT(
        report({.sender = "", .recipient = "u@c.example", .credential = "ann"}),
        ContainsSubstring("route   mx\nto      the MX hosts of c.example\n")
    );
}

TEST_CASE("kurir route tells what a rule ends", "[app][route]") {
    // Whether line 3 or line 4 ends it is known with the header only.
    CHECK_THAT(
        report({.sender = "", .recipient = "b.example"}),
        ContainsSubstring("line 4: ") && ContainsSubstring("accepted, and bounced with 551 no")
    );
    CHECK_THAT(
        report({.sender = "", .recipient = "gone.example"}),
        ContainsSubstring("line 6: ") && ContainsSubstring("recipients are refused by 552 no")
    );
    CHECK_THAT(
        report({.sender = "", .recipient = "b.example", .tag = "slow"}),
        ContainsSubstring("line 3: ") && ContainsSubstring("accepted, and bounced with 550 5.1.6")
    );
    CHECK_THAT(
        report({.sender = "", .recipient = "null.example"}), ContainsSubstring("to      nobody")
    );
}

TEST_CASE("kurir route knows an address and a domain from anything else", "[app][route]") {
    for (const auto* recipient : {"", "*", "*.a.example", "@a.example", "a b", "u@"}) {
        CAPTURE(recipient);
        CHECK(report({.sender = "", .recipient = recipient}) == "nothing");
    }
    CHECK(report({.sender = "a.example", .recipient = "b.example"}) == "nothing");
}
