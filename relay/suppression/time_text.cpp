#include "relay/suppression/time_text.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>

#include "relay/base/text.hpp"
#include "relay/base/utc.hpp"

namespace kurir::suppression {

namespace {

using std::chrono::seconds;
using std::chrono::sys_days;

constexpr std::array<std::string_view, 12> months{
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"
};

// Takes pieces from the front of a text; what does not fit spoils all that follows.
class scanner {
public:
    explicit scanner(std::string_view text) : rest_(text) {}

    bool good() const noexcept { return good_; }
    bool at_end() const noexcept { return rest_.empty(); }
    bool begins_with(std::string_view text) const {
        return base::starts_ignoring_case(rest_, text);
    }

    // One of these characters.
    char take(std::string_view any) {
        if (rest_.empty() || any.find(rest_.front()) == std::string_view::npos) {
            good_ = false;
            return 0;
        }
        const char taken = rest_.front();
        rest_.remove_prefix(1);
        return taken;
    }

    unsigned number(std::size_t least_digits, std::size_t most_digits, unsigned most) {
        std::size_t digits = 0;
        while (digits < std::min(rest_.size(), most_digits) && base::is_digit(rest_[digits]))
            ++digits;
        const auto value = base::parse_number<unsigned>(rest_.substr(0, digits));
        if (digits < least_digits || !value || *value > most) {
            good_ = false;
            return 0;
        }
        rest_.remove_prefix(digits);
        return *value;
    }

    void skip_digits() { rest_ = base::trimmed_front(rest_, "0123456789"); }
    void skip_blanks() { rest_ = base::trimmed_front(rest_); }

    std::string_view word() {
        const auto size = std::ranges::find_if_not(rest_, base::is_letter) - rest_.begin();
        const auto taken = rest_.substr(0, static_cast<std::size_t>(size));
        rest_.remove_prefix(taken.size());
        return taken;
    }

private:
    std::string_view rest_;
    bool good_ = true;
};

std::optional<seconds_time> point(
    unsigned year, unsigned month, unsigned day, seconds of_day, seconds ahead
) {
    const std::chrono::year_month_day date{
        std::chrono::year(static_cast<int>(year)),
        std::chrono::month(month),
        std::chrono::day(day),
    };
    if (!date.ok()) return std::nullopt;
    return seconds_time(sys_days(date)) + of_day - ahead;
}

// "01:02" or "01:02:03", with a fraction of the seconds where `fraction` is true.
seconds clock_time(scanner& text, bool fraction) {
    seconds time = std::chrono::hours(text.number(1, 2, 23));
    text.take(":");
    time += std::chrono::minutes(text.number(2, 2, 59));
    if (!text.begins_with(":")) return time;
    text.take(":");
    time += seconds(text.number(2, 2, 60));
    if (fraction && text.begins_with(".")) {
        text.take(".");
        text.skip_digits();
    }
    return time;
}

// "+02:00", "+0200" or "-07"; a name is UTC if it is a name of that.
seconds zone(scanner& text) {
    if (!text.begins_with("+") && !text.begins_with("-")) {
        const auto name = base::lowered(text.word());
        if (name != "z" && name != "ut" && name != "utc" && name != "gmt") text.take("");
        return {};
    }
    const bool west = text.take("+-") == '-';
    seconds ahead = std::chrono::hours(text.number(2, 2, 23));
    if (text.begins_with(":")) text.take(":");
    if (!text.at_end()) ahead += std::chrono::minutes(text.number(2, 2, 59));
    return west ? -ahead : ahead;
}

std::optional<seconds_time> read_iso(std::string_view whole) {
    scanner text(whole);
    const auto year = text.number(4, 4, 9999);
    text.take("-");
    const auto month = text.number(2, 2, 12);
    text.take("-");
    const auto day = text.number(2, 2, 31);
    seconds of_day{};
    seconds ahead{};
    if (!text.at_end()) {
        text.take("Tt ");
        of_day = clock_time(text, true);
        text.skip_blanks();
        if (!text.at_end()) ahead = zone(text);
    }
    if (!text.good() || !text.at_end()) return std::nullopt;
    return point(year, month, day, of_day, ahead);
}

std::optional<seconds_time> read_mail_date(std::string_view whole) {
    const auto comma = whole.find(',');
    scanner text(comma == std::string_view::npos ? whole : whole.substr(comma + 1));
    text.skip_blanks();
    const auto day = text.number(1, 2, 31);
    text.skip_blanks();
    const auto* const month = std::ranges::find(months, base::lowered(text.word()));
    text.skip_blanks();
    const auto year = text.number(4, 4, 9999);
    text.skip_blanks();
    const auto of_day = clock_time(text, false);
    text.skip_blanks();
    const auto ahead = text.at_end() ? seconds(0) : zone(text);
    if (!text.good() || !text.at_end() || month == months.end()) return std::nullopt;
    return point(year, static_cast<unsigned>(month - months.begin()) + 1, day, of_day, ahead);
}

std::optional<seconds_time> read_any(std::string_view text) {
    if (const auto number = base::parse_number<std::uint64_t>(text)) {
        constexpr std::uint64_t milliseconds_from = 100'000'000'000;  // seconds until the year 5138
        const auto count = *number < milliseconds_from ? *number : *number / 1000;
        if (count > std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
        return seconds_time(seconds(count));
    }
    const bool is_iso = text.size() > 4 && text[4] == '-';
    return is_iso ? read_iso(text) : read_mail_date(text);
}

}  // namespace

std::optional<seconds_time> read_time(std::string_view text) {
    const auto time = read_any(base::trimmed(text, base::white_space));
    if (!time) return std::nullopt;
    const auto count = time->time_since_epoch().count();
    const bool fits = count >= 0 && count <= std::numeric_limits<std::uint32_t>::max();
    return fits ? time : std::nullopt;
}

std::string time_text(seconds_time time) {
    return base::utc_text(time);
}

}  // namespace kurir::suppression
