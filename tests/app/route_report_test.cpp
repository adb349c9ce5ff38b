// What `kurir route` prints.
#include "relay/app/route_report.hpp"

#include <string>

#include "relay/config/rate.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/permissions.hpp"
#include "tests/support/route_rules.hpp"

using namespace kurir;
using namespace kurir::app;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;

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

TEST_CASE("kurir route tells the permission, and whom it refuses", "[app][route]") {
    auto settings = routed();
    settings.permissions = tests::permissions_of(
        "user:ann from=@x.example to=*.example,*.test route=ses; 10.0.0.0/8 route=mx; * relay=no"
    );
    const auto told = [&](const route_question& question) {
        return route_report(settings, question).value_or("nothing");
    };
    CHECK_THAT(
        told({.sender = "me@x.example", .recipient = "gone.example", .credential = "ann"}),
        ContainsSubstring("client  KURIR_PERMISSIONS, line 1: user:ann from=@x.example") &&
            ContainsSubstring("rule    route= of the client's permission\nroute   ses\n")
    );
    CHECK_THAT(
        told({.sender = "me@y.example", .recipient = "a.example", .credential = "ann"}),
        ContainsSubstring("to      nobody: refused by 550 5.7.1 ") &&
            ContainsSubstring("change from= in line 1 of KURIR_PERMISSIONS\n")
    );
    CHECK_THAT(
        told({.sender = "", .recipient = "a.example", .client = "10.1.2.3"}),
        ContainsSubstring("route   mx\nto      the MX hosts of a.example\n")
    );
    CHECK_THAT(
        told({.sender = "", .recipient = "a.example"}),
        ContainsSubstring("change relay=no in line 3")
    );
    CHECK(told({.sender = "", .recipient = "a.example", .client = "host"}) == "nothing");
}

TEST_CASE("kurir route tells the rule, the hosts and the limits", "[app][route]") {
    CHECK(
        report({.sender = "me@x.example", .recipient = "You@A.example"}) ==
        "rule    KURIR_ROUTES, line 1: to=a.example -> ses\n"
        "route   ses\n"
        "to      relayhost ses1.example:25,ses2.example:587\n"
        "policy  tls=may (TLS if it works, else in clear)\n"
        "login   none\n"
        "source  the address that the system chooses\n"
        "limits  20 connections; rate: 5/s\n"
    );
    CHECK(
        report({.sender = "<>", .recipient = "c.example"}) ==
        "rule    none of KURIR_ROUTES matches\n"
        "route   default\n"
        "to      the MX hosts of c.example\n"
        "policy  tls=may (TLS if it works, else in clear)\n"
        "login   none\n"
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

TEST_CASE("kurir route tells what is asked of TLS", "[app][route]") {
    auto settings = routed();
    settings.remote_tls = config::tls_policy::encrypt;
    REQUIRE_FALSE(config::tls_rules::read("b.example=off", settings.remote_tls_rules));
    settings.relayhosts["ses"].front().scheme = config::relayhost_scheme::smtps;
    settings.routes = tests::rules_of(
        "to=a.example -> ses; to=c.example -> ses?tls=encrypt; to=d.example -> mx?tls=verify"
    );
    const auto policy_for = [&](const std::string& domain) {
        const auto text = route_report(settings, {.sender = "", .recipient = domain}).value();
        const auto begin = text.find("policy  ") + 8;
        return text.substr(begin, text.find('\n', begin) - begin);
    };
    CHECK(
        policy_for("a.example") ==
        "tls=verify (no mail without TLS and a valid certificate) or tls=may (TLS if it works, "
        "else in clear)"
    );
    CHECK_THAT(policy_for("c.example"), StartsWith("tls=encrypt (no mail without TLS;"));
    CHECK_THAT(policy_for("d.example"), StartsWith("tls=verify"));
    CHECK_THAT(policy_for("b.example"), StartsWith("tls=off (TLS is not used)"));
    CHECK_THAT(policy_for("other.example"), StartsWith("tls=encrypt"));
}
