#include "relay/doctor/names.hpp"

#include "tests/support/catch.hpp"

using namespace kurir;
using boost::asio::ip::make_address;
using doctor::addresses_result;
using doctor::grade;

namespace {

addresses_result those(std::initializer_list<const char*> texts) {
    std::vector<boost::asio::ip::address> all;
    for (const auto* each : texts)
        all.push_back(make_address(each));
    return all;
}

doctor::finding reverse(
    dns::result<std::vector<std::string>> names,
    std::map<std::string, addresses_result> forward = {}
) {
    return doctor::judge_reverse(
        {.address = make_address("192.0.2.25"), .hello = "mail.example.com"}, names, forward
    );
}

bool mentions(const std::string& text, const char* part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a host name has a dot and an address", "[doctor][names]") {
    CHECK(doctor::judge_hostname("mail.example.com", those({"192.0.2.25"})).grade == grade::ok);
    CHECK(doctor::judge_hostname("mail", those({"192.0.2.25"})).grade == grade::wrong);
    CHECK(doctor::judge_hostname("x.example", dns::errc::not_found).grade == grade::wrong);
    CHECK(doctor::judge_hostname("x.example", dns::errc::no_data).grade == grade::wrong);
    // It proves nothing.
    CHECK(doctor::judge_hostname("x.example", dns::errc::servfail).grade == grade::warning);
}

TEST_CASE("an address has a name that has the address", "[doctor][names]") {
    const std::vector<std::string> single{"mail.example.com"};
    const auto good = reverse(single, {{"mail.example.com", those({"192.0.2.1", "192.0.2.25"})}});
    CHECK(good.grade == grade::ok);
    CHECK(good.advice.empty());
    const auto other = reverse(single, {{"mail.example.com", those({"192.0.2.1"})}});
    CHECK(other.grade == grade::wrong);
    CHECK(mentions(other.found, "does not have the address"));
    CHECK(mentions(other.advice, "publish 192.0.2.25 as an address of mail.example.com"));
    CHECK(reverse(single, {{"mail.example.com", dns::errc::not_found}}).grade == grade::wrong);
    CHECK(reverse(single).grade == grade::wrong);
}

TEST_CASE("an address without a name is refused by many", "[doctor][names]") {
    const auto none = reverse(dns::errc::not_found);
    CHECK(none.grade == grade::wrong);
    CHECK(mentions(none.advice, "(PTR) to mail.example.com"));
    CHECK(reverse(std::vector<std::string>()).grade == grade::wrong);
    CHECK(reverse(dns::errc::timeout).grade == grade::warning);
}

TEST_CASE("one of several names is enough; EHLO should give it", "[doctor][names]") {
    const std::vector<std::string> both{"a.example.com", "mail.example.com"};
    CHECK(reverse(both, {{"a.example.com", those({"192.0.2.25"})}}).grade == grade::ok);
    const std::vector<std::string> other{"a.example.com"};
    const auto found = reverse(other, {{"a.example.com", those({"192.0.2.25"})}});
    CHECK(found.grade == grade::warning);
    CHECK(mentions(found.advice, "KURIR_HOSTNAME"));
}
