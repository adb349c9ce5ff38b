#include "relay/config/listener_profile.hpp"

#include "tests/support/catch.hpp"

using namespace kurir::config;
using Catch::Matchers::ContainsSubstring;

namespace {

listener_profile good(std::string_view text) {
    listener_profile profile;
    const auto wrong = read_listener_profile(text, profile);
    CAPTURE(text, wrong.value_or(""));
    REQUIRE_FALSE(wrong);
    return profile;
}

std::string bad(std::string_view text) {
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
        if (!text.empty()) CHECK(good(text.substr(1)) == profile);
    }
    CHECK(good("priority=normal") == listener_profile());
}

TEST_CASE("a parameter of a listener that is none is named", "[config]") {
    CHECK_THAT(bad("prio=bulk"), ContainsSubstring("'prio' is no parameter"));
    CHECK_THAT(bad("priority=bulk&tsl=on"), ContainsSubstring("'tsl' is no parameter"));
    CHECK_THAT(bad("priority=bulk&"), ContainsSubstring("'' is no parameter"));
    CHECK_THAT(bad("&priority=bulk"), ContainsSubstring("'' is no parameter"));
    CHECK_THAT(bad("priority=bulk?priority=bulk"), ContainsSubstring("is no priority"));
    CHECK_THAT(bad("priority"), ContainsSubstring("'' is no priority"));
    CHECK_THAT(bad("tls=on"), ContainsSubstring("'on' is no tls"));
    CHECK_THAT(bad("tls=require&tls=require"), ContainsSubstring("'tls' is there twice"));
    CHECK_THAT(bad("priority=bulk=bulk"), ContainsSubstring("'bulk=bulk' is no priority"));
    CHECK_THAT(bad("priority=bulk&priority=bulk"), ContainsSubstring("'priority' is there twice"));
}
