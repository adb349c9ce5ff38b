// KURIR_ROUTES: what rules match, where they lead, and what is wrong with them.
#include "relay/config/route_rules.hpp"

#include <string>
#include <utility>
#include <vector>

#include "tests/config/sample_host.hpp"
#include "tests/support/route_rules.hpp"

using namespace kurir::config;
using Catch::Matchers::ContainsSubstring;
using tests::rules_of;

namespace {

std::string route_of(const route_rules& rules, const route_query& query) {
    const auto* rule = rules.find(query);
    return rule == nullptr ? "none" : rule->target.name;
}

std::string wrong_routes(std::string_view text) {
    route_rules rules;
    return route_rules::read(text, rules).value_or("nothing");
}

}  // namespace

TEST_CASE("the first rule counts whose conditions all hold", "[config][routes]") {
    const auto rules = rules_of(R"(
# The rules of the design.
to=*.corp.example -> smtp://mailhub.corp.example
from=@news.example -> ses
user=billing to=gmail.com -> mx   # by DNS
to=old.example -> reject "550 5.1.6 moved"
to=null.example -> discard
tag=slow -> a.example|b.example:26
)");
    CHECK(rules.all().size() == 6);
    CHECK(rules.all().front().line == 3);

    CHECK(route_of(rules, {.domain = "mx.corp.example"}) == "mailhub.corp.example:25");
    CHECK(route_of(rules, {.domain = "corp.example"}) == "none");
    CHECK(route_of(rules, {.domain = "a.example", .sender = "x@news.example"}) == "ses");
    CHECK(route_of(rules, {.domain = "a.example", .sender = "news.example"}) == "ses");
    CHECK(route_of(rules, {.domain = "a.example", .sender = "x@y.news.example"}) == "none");
    CHECK(route_of(rules, {.domain = "gmail.com", .credential = "billing"}) == "mx");
    CHECK(route_of(rules, {.domain = "gmail.com", .credential = "Billing"}) == "none");
    CHECK(route_of(rules, {.domain = "gmail.com"}) == "none");
    CHECK(route_of(rules, {.domain = "a.example", .credential = "billing"}) == "none");
    CHECK(route_of(rules, {.domain = "OLD.example"}) == "reject \"550 5.1.6 moved\"");
    CHECK(route_of(rules, {.domain = "null.example"}) == "discard");
    CHECK(route_of(rules, {.domain = "a.example", .tag = "Slow"}) == "a.example:25|b.example:26");
    // Both match.
    CHECK(route_of(rules, {.domain = "null.example", .sender = "x@news.example"}) == "ses");
}

TEST_CASE("patterns of senders and recipients", "[config][routes]") {
    struct row {
        const char* condition;
        route_query query;
        bool holds;
    };
    const std::vector<row> rows{
        {"", {.domain = "a.example"}, true},
        {"to=*", {.domain = "a.example"}, true},
        {"to=a.example", {.domain = "a.example"}, true},
        {"to=a.example", {.domain = "x.a.example"}, false},
        {"to=*.a.example", {.domain = "y.x.a.example"}, true},
        {"to=*.a.example", {.domain = "a.example"}, false},
        {"to=*.a.example", {.domain = ".a.example"}, false},
        {"to=*.a.example", {.domain = "xa.example"}, false},
        {"to=b.example,A.example", {.domain = "a.example"}, true},
        {"to=[192.0.2.1]", {.domain = "[192.0.2.1]"}, true},
        {"from=*", {.domain = "d", .sender = ""}, true},
        {"from=<>", {.domain = "d", .sender = ""}, true},
        {"from=<>", {.domain = "d", .sender = "a@b.example"}, false},
        {"from=@b.example", {.domain = "d", .sender = ""}, false},
        {"from=@b.example", {.domain = "d", .sender = "a@B.example"}, true},
        {"from=@b.example", {.domain = "d", .sender = "@b.example@c.example"}, false},
        {"from=*.b.example", {.domain = "d", .sender = "a@x.b.example"}, true},
        {"from=*.b.example", {.domain = "d", .sender = "a@b.example"}, false},
        {"from=Me@b.example", {.domain = "d", .sender = "me@b.example"}, true},
        {"from=me@b.example", {.domain = "d", .sender = "you@b.example"}, false},
        {"from=me@b.example", {.domain = "d", .sender = "b.example"}, false},
        {"user=*", {.domain = "d", .credential = "anybody"}, true},
        {"user=*", {.domain = "d"}, false},
        {"tag=*", {.domain = "d", .tag = "t"}, true},
        {"tag=t", {.domain = "d"}, false},
    };
    for (const auto& [condition, query, holds] : rows) {
        CAPTURE(condition, query.domain, query.sender, query.credential, query.tag);
        const auto rules = rules_of(std::string(condition) + " -> mx");
        CHECK((rules.find(query) != nullptr) == holds);
    }
}

TEST_CASE("a recipient is refused at once if no tag can change that", "[config][routes]") {
    const route_query old{.domain = "old.example"};
    const auto refused = [&](const char* text) { return rules_of(text).refusal(old) != nullptr; };
    CHECK(refused("to=old.example -> reject \"550 moved\""));
    CHECK(refused("to=new.example tag=x -> mx; -> reject \"550 moved\""));
    CHECK_FALSE(refused("to=old.example -> mx; -> reject \"550 moved\""));
    CHECK_FALSE(refused("to=old.example tag=x -> mx; -> reject \"550 moved\""));
    CHECK_FALSE(refused("tag=x -> reject \"550 moved\""));
    CHECK_FALSE(refused("to=new.example -> reject \"550 moved\""));
}

TEST_CASE("rules are written on one line as they are read", "[config][routes]") {
    const auto rules = rules_of(
        "FROM=@A.example,<> To=b.example -> SMTP://hub.example/\n"
        "user=Ann tag=T -> Reject \"550 a; b -> c\"\n\n;; -> MX;"
    );
    const std::string text =
        "to=b.example from=@a.example,<> -> hub.example:25; "
        "user=Ann tag=t -> reject \"550 a; b -> c\"; -> mx";
    CHECK(rules.text() == text);
    CHECK(rules_of(text).text() == text);
}

TEST_CASE("what is wrong with a rule is told with its line", "[config][routes]") {
    const std::vector<std::pair<std::string, std::string>> rows{
        {"to=a.example", "has no ->"},
        {"to=a.example ->", "has nothing after ->"},
        {"to= -> mx", "no value, or an empty one, after to="},
        {"to=a.example,,b.example -> mx", "no value, or an empty one, after to="},
        {"to=a.example to=b.example -> mx", "has to= twice"},
        {"rcpt=a.example -> mx", "has \"rcpt=a.example\" where a condition belongs"},
        {"a.example -> mx", "has \"a.example\" where a condition belongs"},
        {"to=@a.example -> mx", "has \"@a.example\" where the domain of recipients"},
        {"to=user@a.example -> mx", "where the domain of recipients"},
        {"from=a.example -> mx", "has \"a.example\" where senders belong"},
        {"tag=\"x\" -> mx", "has quotes in a condition"},
        {"-> reject", "has no reply after reject"},
        {"-> reject 550 moved", "has no reply after reject"},
        {"-> reject \"450 later\"", "has no reply after reject"},
        {"-> reject \"550\"", "has no reply after reject"},
        {"-> reject \"5500 no\"", "has no reply after reject"},
        {"-> reject \"550 \xc3\xa4\"", "has no reply after reject"},
        {"-> mx?", "has \"\" after a ?, where tls= or source= belongs"},
        {"-> mx?tls", "has \"\" after tls="},
        {"-> mx?tsl=verify", "has \"tsl=verify\" after a ?"},
        {"-> ses?tls=strict", "has \"strict\" after tls="},
        {"-> mx?tls=verify&tls=may", "has tls= twice"},
        {"-> discard?tls=may", "has parameters after discard"},
        {"-> default?tls=may", "has parameters after default"},
        {"-> smtps://me:word@hub.example", "has a route that has a user name or password"},
        {"-> smtp://me:word@hub.example", "has a route that has a user name or password"},
        {"-> two words", "has a route that is no server"},
        {"-> ses_eu", "has a route that is no server"},
        {"-> reject \"550 " + std::string(300, 'x') + "\"", "more than 255 characters"},
    };
    for (const auto& [text, told] : rows) {
        CAPTURE(text);
        CHECK_THAT(wrong_routes(text), ContainsSubstring(told));
        CHECK_THAT(wrong_routes("-> mx\n# comment\n" + text), ContainsSubstring("(line 3)"));
        CHECK_THAT(only(bad({{"KURIR_ROUTES", text}})), !ContainsSubstring("word@"));
    }
}

TEST_CASE("in a variable, what ; separates is counted as lines of rules", "[config][routes]") {
    const auto rules = rules_of("to=a.example -> mx; to=b.example -> reject \"550 a; b\";;-> ses");
    CHECK(rules.find({.domain = "b.example"})->line == 2);
    CHECK(rules.find({.domain = "c.example"})->line == 4);
    CHECK_THAT(wrong_routes("-> mx; to=@a.example -> mx"), ContainsSubstring("(line 2)"));
    CHECK_THAT(wrong_routes("to=@a.example -> mx"), !ContainsSubstring("line"));
    CHECK_THAT(wrong_routes("-> mx; -> mx\nto=@a.example -> mx"), ContainsSubstring("(line 2)"));
}

TEST_CASE("a rule leads to a relayhost that there is", "[config][routes]") {
    CHECK(
        only(bad(
            {{"KURIR_ROUTES", "-> mx\nto=a.example -> sess"}, {"KURIR_RELAYHOST_SES", "ses.example"}
            }
        )) ==
        "KURIR_ROUTES: line 2 leads to \"sess\", but KURIR_RELAYHOST_SESS is not set; did you mean "
        "ses?"
    );
    CHECK_THAT(
        only(bad({{"KURIR_ROUTES", "to=a.example -> 127.0.0.1:2525"}})),
        ContainsSubstring("line 1 leads to one of our own KURIR_LISTEN addresses")
    );
}
