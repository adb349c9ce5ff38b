#include "relay/config/rate.hpp"

#include "tests/support/catch.hpp"

using namespace kurir::config;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;

namespace {

rate good_rate(std::string_view text) {
    rate read;
    const auto wrong = read_rate(text, read);
    CAPTURE(text, wrong.value_or(""));
    REQUIRE_FALSE(wrong);
    return read;
}

std::string bad_rate(std::string_view text) {
    rate read;
    return read_rate(text, read).value_or("nothing is wrong");
}

rate_rules good_rules(std::string_view text) {
    rate_rules read;
    const auto wrong = rate_rules::read(text, read);
    CAPTURE(text, wrong.value_or(""));
    REQUIRE_FALSE(wrong);
    return read;
}

std::string bad_rules(std::string_view text) {
    rate_rules read;
    return rate_rules::read(text, read).value_or("nothing is wrong");
}

}  // namespace

TEST_CASE("a rate is a count and a period", "[config][rate]") {
    CHECK(good_rate("10/s") == rate{10, 1s});
    CHECK(good_rate("1/sec") == rate{1, 1s});
    CHECK(good_rate("200/min") == rate{200, 1min});
    CHECK(good_rate("5000/h") == rate{5000, 1h});
    CHECK(good_rate("5000/hour") == rate{5000, 1h});
    CHECK(good_rate("3/d") == rate{3, 24h});
    CHECK(good_rate("1000000/DAY") == rate{1'000'000, 24h});
}

TEST_CASE("a rate prints as it is written", "[config][rate]") {
    for (const auto* text : {"10/s", "200/min", "5000/h", "3/d"})
        CHECK(rate_text(good_rate(text)) == text);
    CHECK(rate_text(good_rate("7/sec")) == "7/s");
    CHECK(rate_text({5, 1500ms}) == "5/1500ms");
}

TEST_CASE("what is wrong with a rate is named", "[config][rate]") {
    CHECK_THAT(bad_rate("10"), ContainsSubstring("is no rate; write count/period"));
    CHECK_THAT(bad_rate(""), ContainsSubstring("is no rate"));
    CHECK_THAT(bad_rate("/s"), ContainsSubstring("'' where a count"));
    CHECK_THAT(bad_rate("0/s"), ContainsSubstring("'0' where a count from 1 to 1000000"));
    CHECK_THAT(bad_rate("1000001/s"), ContainsSubstring("'1000001' where a count"));
    CHECK_THAT(bad_rate("-1/s"), ContainsSubstring("'-1' where a count"));
    CHECK_THAT(bad_rate("1.5/s"), ContainsSubstring("'1.5' where a count"));
    CHECK_THAT(bad_rate("10/"), ContainsSubstring("'' where s, min, h or d belongs"));
    CHECK_THAT(bad_rate("10/week"), ContainsSubstring("'week' where s, min, h or d belongs"));
    CHECK_THAT(bad_rate("10/m"), ContainsSubstring("'m' where s, min, h or d belongs"));
}

TEST_CASE("without rules nothing is limited", "[config][rate]") {
    CHECK_FALSE(rate_rules().find("example.org"));
    CHECK(rate_rules().text() == "none");
    CHECK_FALSE(good_rules("none").find("example.org"));
}

TEST_CASE("the name beats the longest wildcard beats the rate for everyone", "[config][rate]") {
    const auto rules =
        good_rules("5/s, *.example.org=4/s *.mx.example.org=3/s\nmx.example.org=2/s");

    CHECK(rules.find("example.org") == rate{5, 1s});
    CHECK(rules.find("other.net") == rate{5, 1s});
    CHECK(rules.find("badexample.org") == rate{5, 1s});
    CHECK(rules.find("a.example.org") == rate{4, 1s});
    CHECK(rules.find("a.b.example.org") == rate{4, 1s});
    CHECK(rules.find("a.mx.example.org") == rate{3, 1s});
    CHECK(rules.find("mx.example.org") == rate{2, 1s});
}

TEST_CASE("the order of the rules does not matter", "[config][rate]") {
    const auto rules = good_rules("mx.example.org=2/s *.example.org=4/s 5/s");
    CHECK(rules.find("mx.example.org") == rate{2, 1s});
    CHECK(rules.find("a.example.org") == rate{4, 1s});
    CHECK(rules.find("example.net") == rate{5, 1s});
}

TEST_CASE("a rule can lift the limit that everyone has", "[config][rate]") {
    const auto rules = good_rules("10/s gmail.com=none *.partner.example=none");
    CHECK(rules.find("example.org") == rate{10, 1s});
    CHECK_FALSE(rules.find("gmail.com"));
    CHECK_FALSE(rules.find("mx.partner.example"));
}

TEST_CASE("rules know no case, and address literals", "[config][rate]") {
    const auto rules = good_rules("GMail.com=10/s [192.0.2.1]=1/s");
    CHECK(rules.find("gmail.COM") == rate{10, 1s});
    CHECK(rules.find("[192.0.2.1]") == rate{1, 1s});
}

TEST_CASE("rules print as they are written", "[config][rate]") {
    CHECK(good_rules("10/S,GMail.com=none").text() == "10/s gmail.com=none");
}

TEST_CASE("what is wrong with the rules is named", "[config][rate]") {
    CHECK_THAT(
        bad_rules("gmail.com=10/week"),
        ContainsSubstring("has 'gmail.com=10/week', which has 'week' where s, min, h or d belongs")
    );
    CHECK_THAT(bad_rules("gmail.com"), ContainsSubstring("has 'gmail.com', which is no rate"));
    CHECK_THAT(bad_rules("gmail.com="), ContainsSubstring("which is no rate"));
    CHECK_THAT(bad_rules("=10/s"), ContainsSubstring("has '' where a domain belongs"));
    CHECK_THAT(bad_rules("*=10/s"), ContainsSubstring("has '*' where a domain belongs"));
    CHECK_THAT(
        bad_rules("a.*.org=10/s"), ContainsSubstring("has 'a.*.org' where a domain belongs")
    );
    CHECK_THAT(bad_rules("1/s 2/s"), ContainsSubstring("has two rates for everyone"));
    CHECK_THAT(bad_rules("none 2/s"), ContainsSubstring("has two rates for everyone"));
    CHECK_THAT(bad_rules("a.org=1/s A.org=2/s"), ContainsSubstring("has a.org twice"));
}
