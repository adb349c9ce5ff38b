#include "relay/doctor/sender_domain.hpp"

#include "tests/support/catch.hpp"

using namespace kurir;
using doctor::dmarc_policy;
using doctor::grade;
using doctor::sender_facts;
using spf::verdict;

namespace {

doctor::finding spf_of(spf::outcome end) {
    return doctor::judge_spf("example.com", boost::asio::ip::make_address("192.0.2.25"), end);
}

sender_facts facts(const char* record) {
    return {
        .domain = "example.com",
        .records = {record},
        .record_domain = "example.com",
        .signing_domain = "example.com",
        .signatures_good = true,
        .permitted = true,
    };
}

grade grade_of(const sender_facts& given) {
    return doctor::judge_dmarc(given).grade;
}

}  // namespace

TEST_CASE("SPF that permits the address is good", "[doctor][sender_domain]") {
    CHECK(spf_of({verdict::pass, "ip4:192.0.2.25", 1}).grade == grade::ok);
    CHECK(spf_of({verdict::pass, "include:x", 8}).grade == grade::ok);
    CHECK(spf_of({verdict::pass, "include:x", 9}).grade == grade::warning);
    CHECK(spf_of({verdict::pass, "+all", 0}).grade == grade::warning);
    CHECK(spf_of({verdict::none, "", 0}).grade == grade::warning);
    CHECK(spf_of({verdict::neutral, "?all", 0}).grade == grade::warning);
    CHECK(spf_of({verdict::temperror, "x", 0}).grade == grade::warning);
    CHECK(spf_of({verdict::permerror, "x", 0}).grade == grade::wrong);
    const auto no = spf_of({verdict::softfail, "~all", 0});
    CHECK(no.grade == grade::wrong);
    CHECK(no.advice == "add ip4:192.0.2.25 to the SPF record of example.com, before ~all");
    CHECK(spf_of({verdict::fail, "-all", 0}).grade == grade::wrong);
}

TEST_CASE("a DMARC record is read", "[doctor][sender_domain]") {
    const auto read = doctor::parse_dmarc("v=DMARC1; p=Reject; sp=none; adkim=s; rua=mailto:a@b.c");
    REQUIRE(read.has_value());
    CHECK(read->policy == dmarc_policy::reject);
    CHECK(read->subdomains == dmarc_policy::none);
    CHECK(read->strict_dkim);
    CHECK(doctor::parse_dmarc("v=DMARC1;p=quarantine")->subdomains == dmarc_policy::quarantine);
    CHECK_FALSE(doctor::parse_dmarc("v=DMARC1").has_value());
    CHECK_FALSE(doctor::parse_dmarc("v=DMARC1; p=block").has_value());
    CHECK_FALSE(doctor::parse_dmarc("v=DMARC1; p=none; sp=x").has_value());
    CHECK(doctor::is_dmarc("v=DMARC1 ; p=none"));
    CHECK_FALSE(doctor::is_dmarc("v=DMARC10; p=none"));
    CHECK_FALSE(doctor::is_dmarc("v=spf1 -all"));
}

TEST_CASE(
    "the record may be at a domain above, but at no top-level one", "[doctor][sender_domain]"
) {
    CHECK(
        doctor::dmarc_domains("a.b.example.com") ==
        std::vector<std::string>{"a.b.example.com", "b.example.com", "example.com"}
    );
    CHECK(doctor::dmarc_domains("example.com") == std::vector<std::string>{"example.com"});
    CHECK(doctor::dmarc_domains("a.b.c.d.e.f.g.h.i.j.k").size() == 8);
}

TEST_CASE("aligned signatures are good, whatever SPF says", "[doctor][sender_domain]") {
    auto given = facts("v=DMARC1; p=reject");
    given.permitted = false;
    CHECK(grade_of(given) == grade::ok);
    given.signatures_good = false;
    CHECK(grade_of(given) == grade::wrong);
    given.permitted = true;
    CHECK(grade_of(given) == grade::warning);
}

TEST_CASE("strict alignment wants the very domain", "[doctor][sender_domain]") {
    auto given = facts("v=DMARC1; p=reject; adkim=s");
    given.domain = "app.example.com";
    CHECK(grade_of(given) == grade::warning);
    given.records = {"v=DMARC1; p=reject"};
    CHECK(grade_of(given) == grade::ok);
    given.signing_domain = "relay.example";
    given.permitted = false;
    CHECK(grade_of(given) == grade::wrong);
}

TEST_CASE("without signatures and SPF the policy decides", "[doctor][sender_domain]") {
    auto given = facts("v=DMARC1; p=none; sp=quarantine");
    given.signing_domain.clear();
    given.permitted = false;
    CHECK(grade_of(given) == grade::warning);
    given.domain = "app.example.com";
    CHECK(grade_of(given) == grade::wrong);
    given.by_relayhost = true;
    CHECK(grade_of(given) == grade::warning);
}

TEST_CASE("no DMARC record, several, or one that is wrong", "[doctor][sender_domain]") {
    auto given = facts("v=DMARC1; p=none");
    given.records.clear();
    CHECK(grade_of(given) == grade::warning);
    given.records = {"v=DMARC1; p=none", "v=DMARC1; p=none"};
    CHECK(grade_of(given) == grade::wrong);
    given.records = {"v=DMARC1; p=maybe"};
    CHECK(grade_of(given) == grade::wrong);
}
