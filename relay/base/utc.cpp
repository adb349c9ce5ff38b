#include "relay/base/utc.hpp"

#include <fmt/compile.h>

#include <array>
#include <iterator>
#include <string_view>

namespace kurir::base {

namespace {

// The calendar is `std::chrono`'s, because `gmtime_r` takes a lock of the whole process and fmt 9's
// own formats overflow after the year 2262.
struct fields {
    explicit fields(sys_milliseconds time)
        : fields(time, std::chrono::floor<std::chrono::days>(time)) {}
    fields(sys_milliseconds time, std::chrono::sys_days midnight)
        : date(midnight), weekday(midnight), clock(time - midnight) {}

    int year() const { return static_cast<int>(date.year()); }
    unsigned month() const { return static_cast<unsigned>(date.month()); }
    unsigned day() const { return static_cast<unsigned>(date.day()); }
    auto hour() const { return clock.hours().count(); }
    auto minute() const { return clock.minutes().count(); }
    auto second() const { return clock.seconds().count(); }
    auto millisecond() const { return clock.subseconds().count(); }

    std::chrono::year_month_day date;
    std::chrono::weekday weekday;
    std::chrono::hh_mm_ss<std::chrono::milliseconds> clock;
};

constexpr std::array<std::string_view, 7> weekdays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 12> months{
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"
};

}  // namespace

std::string utc_text(sys_milliseconds time) {
    const fields at(time);
    return fmt::format(
        FMT_COMPILE("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z"),
        at.year(),
        at.month(),
        at.day(),
        at.hour(),
        at.minute(),
        at.second()
    );
}

std::string compact_utc_text(sys_milliseconds time) {
    const fields at(time);
    return fmt::format(
        FMT_COMPILE("{:04}{:02}{:02}T{:02}{:02}{:02}Z"),
        at.year(),
        at.month(),
        at.day(),
        at.hour(),
        at.minute(),
        at.second()
    );
}

std::string mail_date(sys_milliseconds time) {
    const fields at(time);
    return fmt::format(
        FMT_COMPILE("{}, {:02} {} {:04} {:02}:{:02}:{:02} +0000"),
        weekdays[at.weekday.c_encoding()],
        at.day(),
        months[at.month() - 1],
        at.year(),
        at.hour(),
        at.minute(),
        at.second()
    );
}

void append_exact_utc(std::string& output, sys_milliseconds time) {
    const fields at(time);
    fmt::format_to(
        std::back_inserter(output),
        FMT_COMPILE("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z"),
        at.year(),
        at.month(),
        at.day(),
        at.hour(),
        at.minute(),
        at.second(),
        at.millisecond()
    );
}

}  // namespace kurir::base
