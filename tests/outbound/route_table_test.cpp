#include "relay/outbound/route_table.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/catch.hpp"
#include "tests/support/route_rules.hpp"

using namespace kurir::outbound;

namespace {

// By MX, but some mail takes another route.
route_table by_sender_and_domain() {
    return route_table(
        {},
        {{.name = "ses", .relayhosts = {{.host = "ses.example"}}},
         {.name = "strict", .tls = tls_policy::verify}},
        tests::rules_of("from=@news.example -> ses; to=bank.example user=billing -> strict; "
                        "to=bounces.example from=<> -> strict")
    );
}

}  // namespace

TEST_CASE("a relayhost for everything is one choice for all domains", "[route_table]") {
    const route_table routes({.relayhosts = {{.host = "hub.example"}}});
    const auto choice = routes.choose({.domain = "a.example"});
    CHECK(choice == route_choice{});
    CHECK(choice == routes.choose({.domain = "b.example", .sender_domain = "c.example"}));
    CHECK(routes.find(choice.route).relayhosts.front().host == "hub.example");
}

TEST_CASE("without a rule each domain is a choice, whoever sends", "[route_table]") {
    const auto routes = by_sender_and_domain();
    const route_choice expected{.route = "", .domain = "a.example"};
    CHECK(routes.choose({.domain = "a.example"}) == expected);
    CHECK(routes.choose({.domain = "a.example", .sender_domain = "x.example"}) == expected);
    CHECK(routes.choose({.domain = "a.example", .credential = "c"}) == expected);
}

TEST_CASE("the first rule decides whose conditions all hold", "[route_table]") {
    const auto routes = by_sender_and_domain();
    const route_choice ses{.route = "ses"};
    const route_choice strict{.route = "strict", .domain = "bank.example"};
    CHECK(routes.choose({.domain = "a.example", .sender_domain = "news.example"}) == ses);
    CHECK(routes.choose({.domain = "b.example", .sender_domain = "news.example"}) == ses);
    CHECK(routes.choose({.domain = "bank.example", .credential = "billing"}) == strict);
    // Both match; the first wins.
    const route_query both{
        .domain = "bank.example", .sender_domain = "news.example", .credential = "billing"
    };
    CHECK(routes.choose(both) == ses);
    // One of two conditions does not do.
    CHECK(routes.choose({.domain = "bank.example"}).route.empty());
    CHECK(routes.choose({.domain = "a.example", .credential = "billing"}).route.empty());
    // The null reverse-path is a condition of its own.
    CHECK(routes.choose({.domain = "bounces.example"}).route == "strict");
    CHECK(routes.choose({.domain = "bounces.example", .sender_domain = "x"}).route.empty());
}

TEST_CASE("a route that was decided at intake wins", "[route_table]") {
    const auto routes = by_sender_and_domain();
    const route_query decided{
        .domain = "bank.example", .sender_domain = "news.example", .route = "strict"
    };
    CHECK(routes.choose(decided) == route_choice{.route = "strict", .domain = "bank.example"});
    CHECK(routes.choose({.domain = "a.example", .route = "ses"}) == route_choice{.route = "ses"});
}

TEST_CASE("mail of a route that is gone takes the default route", "[route_table]") {
    const auto routes = by_sender_and_domain();
    const auto choice = routes.choose({.domain = "a.example", .route = "gone"});
    CHECK(choice == route_choice{.route = "gone", .domain = "a.example"});
    CHECK_FALSE(routes.has(choice.route));
    CHECK(routes.has("ses"));
    CHECK(routes.has(""));
    CHECK(routes.find(choice.route).name.empty());
    CHECK(routes.find(choice.route).relayhosts.empty());
}

TEST_CASE("mail that no rule matched when it was accepted keeps to that", "[route_table]") {
    const auto routes = by_sender_and_domain();
    const route_query decided{
        .domain = "a.example", .sender_domain = "news.example", .route = "default"
    };
    CHECK(routes.choose(decided) == route_choice{.route = "", .domain = "a.example"});
}

TEST_CASE("an update changes the rules and keeps what mail may name", "[route_table]") {
    auto routes = by_sender_and_domain();
    const auto* ses = &routes.find("ses");
    routes.update(route_table(
        {.relayhosts = {{.host = "other.example"}}},
        {{.name = "ses", .relayhosts = {{.host = "elsewhere.example"}}},
         {.name = "new", .relayhosts = {{.host = "new.example"}}}},
        tests::rules_of("from=@news.example -> new")
    ));
    CHECK(routes.choose({.domain = "a.example", .sender_domain = "news.example"}).route == "new");
    CHECK(routes.choose({.domain = "bank.example", .credential = "billing"}).route.empty());
    // What is under way is not touched.
    CHECK(&routes.find("ses") == ses);
    CHECK(ses->relayhosts.front().host == "ses.example");
    CHECK(routes.has("strict"));
    CHECK(routes.find("").relayhosts.empty());
}

TEST_CASE("destination keys are equal in all parts or not equal", "[destination_key]") {
    const auto address = [](const char* text) { return boost::asio::ip::make_address(text); };
    const destination_key plain{.site = "mx.example"};
    const std::vector<destination_key> different{
        plain,
        {.site = "mx2.example"},
        {.site = "mx.example", .route = "ses"},
        {.site = "mx.example", .tls = tls_policy::off},
        {.site = "mx.example", .tls = tls_policy::encrypt},
        {.site = "mx.example", .tls = tls_policy::verify},
        {.site = "mx.example", .credential = "ses"},
        {.site = "mx.example", .source = address("192.0.2.1")},
        {.site = "mx.example", .source = address("192.0.2.2")},
        {.site = "mx.example", .rate_class = "ses"},
        {.site = "mx.example", .route = "ses", .credential = "ses"},
    };
    std::set<std::string> names;
    const destination_key_hash hash;
    const std::vector<destination_key> copies(different.begin(), different.end());
    for (std::size_t i = 0; i < different.size(); ++i) {
        const auto& each = different[i];
        const auto& copy = copies[i];
        CHECK(copy == each);
        CHECK(hash(copy) == hash(each));
        CHECK(std::ranges::count(different, each) == 1);
        CHECK(names.insert(each.name()).second);
    }
}

TEST_CASE(
    "the name of a destination is its site, and what is not the default", "[destination_key]"
) {
    CHECK(destination_key{.site = "a.example,b.example"}.name() == "a.example,b.example");
    CHECK(destination_key{.site = "hub.example:25"}.name() == "hub.example:25");
    CHECK(
        destination_key{.site = "mx.example", .rate_class = "example.com"}.name() ==
        "mx.example (example.com)"
    );
    const destination_key all{
        .site = "hub:587",
        .route = "ses",
        .tls = tls_policy::verify,
        .credential = "billing",
        .source = boost::asio::ip::make_address("192.0.2.1"),
    };
    CHECK(all.name() == "hub:587 (route=ses, tls=verify, credential=billing, source=192.0.2.1)");
}

TEST_CASE("a rule ends mail of a client only when it is accepted", "[route_table]") {
    const auto* text =
        "tag=keep to=gone.example -> hub.example; to=gone.example -> discard; "
        "to=moved.example -> reject \"550 5.1.6 moved\"";
    const auto rules = tests::rules_of(text);
    std::vector<route_definition> named;
    for (const auto& rule : rules.all())
        named.push_back({.name = rule.target.name});
    const route_table routes({}, named, rules);
    for (const auto* domain : {"gone.example", "moved.example"}) {
        CAPTURE(domain);
        // Mail from before there was the rule, or whose tag is not known any more.
        CHECK(routes.choose({.domain = domain, .sender_domain = "a.example"}).route.empty());
        CHECK_FALSE(routes.choose({.domain = domain}).route.empty());
    }
    const route_query decided{
        .domain = "gone.example", .sender_domain = "a.example", .route = "discard"
    };
    CHECK(routes.choose(decided).route == "discard");
}

TEST_CASE("a route that was found stays as it was over updates", "[route_table]") {
    route_table routes({.relayhosts = {{.host = "all.example"}}}, {{.name = "ses"}});
    const auto& otherwise = routes.find("");
    const auto& named = routes.find("ses");
    for (int reload = 0; reload < 100; ++reload) {
        std::vector<route_definition> next{{.name = "ses", .credential = "new"}};
        next.push_back({.name = "new" + std::to_string(reload)});
        routes.update(route_table({.relayhosts = {{.host = "other.example"}}}, std::move(next)));
    }
    CHECK(&routes.find("") == &otherwise);
    CHECK(&routes.find("ses") == &named);
    CHECK(otherwise.relayhosts.at(0).host == "all.example");
    CHECK(named.credential.empty());
}
