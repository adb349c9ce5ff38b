#include "relay/admin/readiness.hpp"

#include "tests/support/catch.hpp"

using namespace kurir::admin;
using Catch::Matchers::ContainsSubstring;

TEST_CASE("an advisory check does not count, and is shown to who asks for everything", "[admin]") {
    const readiness checks{
        {.name = "store"},
        {.name = "files", .ok = false, .detail = "KURIR_ROUTES: line 3", .advisory = true},
    };
    CHECK(is_ready(checks));
    CHECK(json_text(checks) == R"({"ready":true,"checks":[{"name":"store","ok":true}]})");
    CHECK_THAT(
        json_text(checks, true),
        ContainsSubstring(R"("ready":true)") && ContainsSubstring(R"("name":"files","ok":false)") &&
            ContainsSubstring("KURIR_ROUTES: line 3") && ContainsSubstring(R"("advisory":true)")
    );
}
