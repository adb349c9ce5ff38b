#include "relay/base/utc.hpp"

#include <fmt/compile.h>

#include <array>
#include <cstddef>
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
    auto hour() const { return static_cast<unsigned>(clock.hours().count()); }
    auto minute() const { return static_cast<unsigned>(clock.minutes().count()); }
    auto second() const { return static_cast<unsigned>(clock.seconds().count()); }
    auto millisecond() const { return static_cast<unsigned>(clock.subseconds().count()); }

    std::chrono::year_month_day date;
    std::chrono::weekday weekday;
    std::chrono::hh_mm_ss<std::chrono::milliseconds> clock;
};

constexpr std::array<std::string_view, 7> weekdays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 12> months{
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"
};

// By hand: a log line has a time, and fmt takes three times as long for one.
template <std::size_t Width>
void append_digits(std::string& output, unsigned number) {
    std::array<char, Width> digits{};
    for (auto i = Width; i > 0; --i, number /= 10)
        digits[i - 1] = static_cast<char>('0' + number % 10);
    output.append(digits.data(), Width);
}

// At least four digits.
void append_year(std::string& output, int year) {
    if (year >= 0 && year < 10'000) return append_digits<4>(output, static_cast<unsigned>(year));
    fmt::format_to(std::back_inserter(output), FMT_COMPILE("{:04}"), year);
}

void append_date(std::string& output, const fields& time, std::string_view separator) {
    append_year(output, time.year());
    output += separator;
    append_digits<2>(output, time.month());
    output += separator;
    append_digits<2>(output, time.day());
}

void append_clock(std::string& output, const fields& time, std::string_view separator) {
    append_digits<2>(output, time.hour());
    output += separator;
    append_digits<2>(output, time.minute());
    output += separator;
    append_digits<2>(output, time.second());
}

}  // namespace

std::string utc_text(sys_milliseconds time) {
    const fields at(time);
    std::string text;
    append_date(text, at, "-");
    text += 'T';
    append_clock(text, at, ":");
    text += 'Z';
    return text;
}

std::string compact_utc_text(sys_milliseconds time) {
    const fields at(time);
    std::string text;
    append_date(text, at, "");
    text += 'T';
    append_clock(text, at, "");
    text += 'Z';
    return text;
}

std::string mail_date(sys_milliseconds time) {
    const fields at(time);
    std::string text;
    text.reserve(std::string_view("Fri, 27 Nov 2026 01:02:03 +0000").size());
    text.append(weekdays[at.weekday.c_encoding()]).append(", ");
    append_digits<2>(text, at.day());
    text.append(" ").append(months[at.month() - 1]).append(" ");
    append_year(text, at.year());
    text += ' ';
    append_clock(text, at, ":");
    text += " +0000";
    return text;
}

void append_exact_utc(std::string& output, sys_milliseconds time) {
    const fields at(time);
    append_date(output, at, "-");
    output += 'T';
    append_clock(output, at, ":");
    output += '.';
    append_digits<3>(output, at.millisecond());
    output += 'Z';
}

}  // namespace kurir::base
