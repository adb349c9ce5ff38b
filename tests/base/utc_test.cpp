#include "relay/base/utc.hpp"

#include "tests/support/catch.hpp"

using namespace std::chrono;
using namespace std::chrono_literals;
using namespace kurir::base;

namespace {

struct sample {
    sys_milliseconds time;
    const char* text;
    const char* compact;
    const char* date;
    const char* exact;
};

const sample samples[] = {
    {sys_days(2026y / 11 / 27) + 1h + 2min + 3s + 4ms,
     "2026-11-27T01:02:03Z",
     "20261127T010203Z",
     "Fri, 27 Nov 2026 01:02:03 +0000",
     "2026-11-27T01:02:03.004Z"},
    {sys_days(2028y / 2 / 29) + 23h + 59min + 59s + 999ms,
     "2028-02-29T23:59:59Z",
     "20280229T235959Z",
     "Tue, 29 Feb 2028 23:59:59 +0000",
     "2028-02-29T23:59:59.999Z"},
    {sys_milliseconds{-1ms},
     "1969-12-31T23:59:59Z",
     "19691231T235959Z",
     "Wed, 31 Dec 1969 23:59:59 +0000",
     "1969-12-31T23:59:59.999Z"},
    // `system_clock` can't express it in nanoseconds.
    {sys_days(2500y / 1 / 3),
     "2500-01-03T00:00:00Z",
     "25000103T000000Z",
     "Sun, 03 Jan 2500 00:00:00 +0000",
     "2500-01-03T00:00:00.000Z"},
    {sys_days(12345y / 1 / 1) + 10h,
     "12345-01-01T10:00:00Z",
     "123450101T100000Z",
     "Mon, 01 Jan 12345 10:00:00 +0000",
     "12345-01-01T10:00:00.000Z"},
};

}  // namespace

TEST_CASE("a time has the same parts in every form of text", "[base][utc]") {
    for (const auto& each : samples) {
        CAPTURE(each.text);
        std::string exact = "at ";

        append_exact_utc(exact, each.time);

        CHECK(utc_text(each.time) == each.text);
        CHECK(compact_utc_text(each.time) == each.compact);
        CHECK(mail_date(each.time) == each.date);
        CHECK(exact == std::string("at ") + each.exact);
    }
}

TEST_CASE("every month and day of the week has its name in a date", "[base][utc]") {
    std::string months;
    std::string weekdays;
    for (unsigned i = 1; i <= 12; ++i) {
        const auto date = mail_date(sys_days(2026y / month(i) / day(i)));
        months += date.substr(8, 3);
        if (i <= 7) weekdays += mail_date(sys_days(2026y / 11 / day(i))).substr(0, 3);
    }

    CHECK(months == "JanFebMarAprMayJunJulAugSepOctNovDec");
    CHECK(weekdays == "SunMonTueWedThuFriSat");
}
