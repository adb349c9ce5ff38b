#include "relay/doctor/trust.hpp"

#include "tests/support/catch.hpp"

using namespace kurir;
using doctor::grade;

namespace {

std::vector<doctor::finding> trust(const char* networks, bool in_container = false) {
    config::network_set trusted;
    REQUIRE_FALSE(config::network_set::parse(networks, trusted));
    return doctor::judge_trust(
        trusted, {boost::asio::ip::make_address("172.17.0.1")}, in_container
    );
}

}  // namespace

TEST_CASE("networks of one's own are no pitfall", "[doctor][trust]") {
    for (const auto* good : {"loopback private", "192.0.2.0/24", "203.0.0.0/16", "none"}) {
        const auto found = trust(good);
        REQUIRE(found.size() == 1);
        CHECK(found.front().grade == grade::ok);
    }
}

TEST_CASE("an open relay is wrong, a wide public network a warning", "[doctor][trust]") {
    CHECK(trust("0.0.0.0/0").front().grade == grade::wrong);
    const auto wide = trust("loopback 20.0.0.0/15");
    REQUIRE(wide.size() == 1);
    CHECK(wide.front().grade == grade::warning);
    CHECK(wide.front().subject == "20.0.0.0/15");
    CHECK(trust("2a00::/31").front().grade == grade::warning);
    CHECK(trust("2a00::/32").front().grade == grade::ok);
}

TEST_CASE("in a container a trusted gateway may be everybody", "[doctor][trust]") {
    CHECK(trust("private", true).front().grade == grade::warning);
    CHECK(trust("loopback", true).front().grade == grade::ok);
}
