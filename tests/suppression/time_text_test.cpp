// Times as the lists of other services have them.
#include "relay/suppression/time_text.hpp"

#include <string>

#include "tests/support/catch.hpp"

using namespace kurir::suppression;

TEST_CASE("Times of every service are understood") {
    const auto [text, utc] = GENERATE(table<std::string, std::string>({
        {"2026-11-27", "2026-11-27T00:00:00Z"},
        {"2026-11-27T01:02:03Z", "2026-11-27T01:02:03Z"},
        {"2026-11-27t01:02z", "2026-11-27T01:02:00Z"},
        {"2026-11-27 01:02:03.5678", "2026-11-27T01:02:03Z"},
        {"2020-04-10T08:58:33-05:00", "2020-04-10T13:58:33Z"},
        {"2020-04-10T08:58:33.123456+0200", "2020-04-10T06:58:33Z"},
        {"2026-01-01 00:30:00 UTC", "2026-01-01T00:30:00Z"},
        {"Fri, 21 Oct 2011 11:02:55 GMT", "2011-10-21T11:02:55Z"},
        {"Fri, 21 Oct 2011 11:02:55 +0200", "2011-10-21T09:02:55Z"},
        {"1 Jan 2020 00:00:00 UTC", "2020-01-01T00:00:00Z"},
        {"1443651154", "2015-09-30T22:12:34Z"},
        {"1443651154000", "2015-09-30T22:12:34Z"},
    }));
    CAPTURE(text);
    const auto time = read_time(text);
    REQUIRE(time);
    CHECK(time_text(*time) == utc);
}

TEST_CASE("What is no time is not read") {
    const std::string text = GENERATE(
        "",
        "tomorrow",
        "2026-13-01",
        "2026-02-30",
        "2026-11-27T25:00:00Z",
        "2026-11-27T01:02:03 CEST",
        "2026-11-27x",
        "27/11/2026",
        "Fri, 21 Oct 11:02:55 GMT",
        "-5",
        "1969-12-31",
        "2107-01-01",
        "99999999999999999999999"
    );
    CAPTURE(text);
    CHECK_FALSE(read_time(text));
}
