#include "relay/config/listener_profile.hpp"

#include "tests/support/catch.hpp"

using namespace kurir::config;
using Catch::Matchers::ContainsSubstring;

namespace {

listener_profile good_profile(std::string_view text) {
    listener_profile profile;
    const auto wrong = read_listener_profile(text, profile);
    CAPTURE(text, wrong.value_or(""));
    REQUIRE_FALSE(wrong);
    return profile;
}

std::string bad_profile(std::string_view text) {
    listener_profile profile;
    const auto wrong = read_listener_profile(text, profile);
    CAPTURE(text);
    REQUIRE(wrong);
    return *wrong;
}

}  // namespace

TEST_CASE("the profile of a listener is written as it is read", "[config]") {
    for (const auto each : {mail_priority::normal, mail_priority::urgent, mail_priority::bulk}) {
        listener_profile profile;
        profile.priority = each;
        const auto text = listener_profile_text(profile);
        CHECK(text.empty() == (profile == listener_profile()));
        if (!text.empty()) CHECK(good_profile(text.substr(1)) == profile);
    }
    CHECK(good_profile("priority=normal") == listener_profile());
}

TEST_CASE("a parameter of a listener that is none is named", "[config]") {
    CHECK_THAT(bad_profile("prio=bulk"), ContainsSubstring("'prio' is no parameter"));
    CHECK_THAT(bad_profile("priority=bulk&tsl=on"), ContainsSubstring("'tsl' is no parameter"));
    CHECK_THAT(bad_profile("priority=bulk&"), ContainsSubstring("'' is no parameter"));
    CHECK_THAT(bad_profile("&priority=bulk"), ContainsSubstring("'' is no parameter"));
    CHECK_THAT(bad_profile("priority=bulk?priority=bulk"), ContainsSubstring("is no priority"));
    CHECK_THAT(bad_profile("priority"), ContainsSubstring("'' is no priority"));
    CHECK_THAT(bad_profile("tls=on"), ContainsSubstring("'on' is no tls"));
    CHECK_THAT(bad_profile("tls=require&tls=require"), ContainsSubstring("'tls' is there twice"));
    CHECK_THAT(bad_profile("priority=bulk=bulk"), ContainsSubstring("'bulk=bulk' is no priority"));
    CHECK_THAT(
        bad_profile("priority=bulk&priority=bulk"), ContainsSubstring("'priority' is there twice")
    );
}

TEST_CASE("the proxies and the name of a listener are written as they are read", "[config]") {
    const auto profile =
        good_profile("proxy=10.0.0.5+fd00::/8+loopback&name=front-1_a&priority=bulk");
    const auto address = [](const char* text) { return boost::asio::ip::make_address(text); };
    for (const auto* inside : {"10.0.0.5", "fd00::7", "127.0.0.1", "::1"})
        CHECK(profile.proxies.contains(address(inside)));
    for (const auto* outside : {"10.0.0.6", "192.0.2.1", "fe80::1"})
        CHECK_FALSE(profile.proxies.contains(address(outside)));
    CHECK(profile.name == "front-1_a");
    CHECK(good_profile(listener_profile_text(profile).substr(1)) == profile);
    CHECK(good_profile("proxy=none") == listener_profile());
}

TEST_CASE("a mistake in the proxies or the name of a listener is refused", "[config]") {
    for (const auto* text :
         {"proxy",
          "proxy=",
          "proxy=10.0.0.1/8",
          "proxy=host.example",
          "proxy=10.0.0.1;10.0.0.2",
          "proxy=0.0.0.0/0",
          "proxy=0.0.0.0/1+128.0.0.0/1",
          "proxy=::/0"})
        CHECK_THAT(bad_profile(text), ContainsSubstring("is no proxy"));
    const auto long_name = "name=" + std::string(33, 'x');
    for (const std::string_view text : {"name", "name=", "name=a.b", "name=a\"b", "name=\xc3\xbc"})
        CHECK_THAT(bad_profile(text), ContainsSubstring("is no name"));
    CHECK_THAT(bad_profile(long_name), ContainsSubstring("is no name"));
    CHECK(good_profile(long_name.substr(0, 37)).name.size() == 32);
}
