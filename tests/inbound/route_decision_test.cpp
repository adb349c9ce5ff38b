// The route of a message, decided when it is accepted.
#include "relay/inbound/route_decision.hpp"

#include <string>
#include <vector>

#include "tests/support/catch.hpp"
#include "tests/support/route_rules.hpp"

using namespace kurir;
using namespace kurir::inbound;
using tests::rules_of;

namespace {

queue::submission message_to(const std::string& sender, const std::vector<std::string>& domains) {
    queue::submission made;
    made.mail.reverse_path = sender;
    for (const auto& domain : domains) {
        made.deliveries.emplace_back();
        made.deliveries.back().domain = domain;
    }
    return made;
}

}  // namespace

TEST_CASE("each delivery gets the route of its domain", "[inbound][routes]") {
    const auto rules = rules_of("to=a.example -> ses; from=@news.example tag=x -> hub");
    auto mail = message_to("me@b.example", {"a.example", "b.example"});
    decide_routes(rules, "", "x", mail);
    CHECK(mail.deliveries[0].terms->route == "ses");
    CHECK(mail.deliveries[1].terms->route == "default");
    CHECK(mail.mail.terms->route.empty());

    auto news = message_to("me@news.example", {"b.example", "c.example"});
    decide_routes(rules, "", "X", news);
    CHECK(news.deliveries[0].terms->route == "hub");
    CHECK(news.deliveries[1].terms->route == "hub");
    CHECK(news.mail.terms->route == "hub");
}

TEST_CASE("what else binds a delivery stays", "[inbound][routes]") {
    auto mail = message_to("me@b.example", {"a.example"});
    mail.deliveries[0].terms = queue::delivery_terms{.credential = "ann", .require_tls = true};
    decide_routes(rules_of("user=ann -> ses"), "ann", "", mail);
    CHECK(
        *mail.deliveries[0].terms ==
        queue::delivery_terms{.route = "ses", .credential = "ann", .require_tls = true}
    );
}

TEST_CASE("without rules nothing is decided", "[inbound][routes]") {
    auto mail = message_to("me@b.example", {"a.example"});
    decide_routes({}, "ann", "x", mail);
    CHECK_FALSE(mail.deliveries[0].terms);
    CHECK_FALSE(mail.mail.terms);
}

TEST_CASE("the route of a permission comes before all rules", "[inbound][routes]") {
    const auto rules = rules_of("to=a.example -> ses");
    auto mail = message_to("me@b.example", {"a.example", "b.example"});
    decide_routes(rules, "", "", mail, "hub");
    CHECK(mail.deliveries[0].terms->route == "hub");
    CHECK(mail.deliveries[1].terms->route == "hub");
    CHECK(mail.mail.terms->route == "hub");

    auto other = message_to("me@b.example", {"a.example"});
    decide_routes({}, "", "", other, "mx");
    CHECK(other.deliveries[0].terms->route == "mx");
}

TEST_CASE("a rule refuses a recipient by its reply", "[inbound][routes]") {
    const auto rules =
        rules_of("to=a.example -> reject \"550 5.1.6 moved\"; from=<> -> reject \"551 no\"; -> mx");
    const auto refusal = refusal_by_route(rules, "me@b.example", "a.example", "");
    REQUIRE(refusal);
    CHECK(refusal->wire() == "550 5.1.6 moved\r\n");
    CHECK(refusal_by_route(rules, "", "b.example", "")->wire() == "551 5.7.1 no\r\n");
    CHECK_FALSE(refusal_by_route(rules, "me@b.example", "b.example", ""));
}
