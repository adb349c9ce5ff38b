#include "relay/dkim/key_place.hpp"

#include <array>

#include "relay/base/text.hpp"
#include "relay/smtp/domain.hpp"

namespace kurir::dkim {

namespace {

using boost::system::in_place_error;

constexpr std::array<std::string_view, 2> suffixes = {".pem", ".private"};
constexpr std::string_view folder = "keys/";
constexpr std::string_view begin_mark = ".from-";

bool is_domain(std::string_view name) noexcept {
    return name.find('.') != name.npos && smtp::is_domain_name(name, smtp::grammar::liberal);
}

// A-labels in lower case; empty: it is none that has mail on the internet.
std::string domain_in(std::string_view name) {
    auto domain = base::lowered(name);
    if (base::has_high(domain)) domain = smtp::to_a_labels(domain).value_or("");
    return is_domain(domain) ? domain : "";
}

// "2026-12-01", all of it.
std::optional<std::chrono::sys_days> day_in(std::string_view text) {
    if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
    const auto year = base::parse_number<unsigned int>(text.substr(0, 4));
    const auto month = base::parse_number<unsigned int>(text.substr(5, 2));
    const auto day = base::parse_number<unsigned int>(text.substr(8, 2));
    if (!year || !month || !day) return std::nullopt;
    const std::chrono::year_month_day date{
        std::chrono::year(static_cast<int>(*year)),
        std::chrono::month(*month),
        std::chrono::day(*day)
    };
    return date.ok() ? std::optional(std::chrono::sys_days(date)) : std::nullopt;
}

std::string_view without_suffix(std::string_view path) noexcept {
    for (const auto suffix : suffixes) {
        if (path.size() > suffix.size() && path.ends_with(suffix)) {
            return path.substr(0, path.size() - suffix.size());
        }
    }
    return {};
}

}  // namespace

bool is_key_file(std::string_view path) noexcept {
    const bool hidden = path.starts_with('.') || path.find("/.") != path.npos;
    return !hidden && !without_suffix(path).empty();
}

base::result<key_place, std::string> place_of(std::string_view path) {
    if (path.starts_with(folder)) path.remove_prefix(folder.size());
    auto name = without_suffix(path);
    const auto slash = name.find('/');
    key_place place{.domain = domain_in(name.substr(0, slash))};
    if (name.find('/', slash + 1) != name.npos && slash != name.npos) {
        return {in_place_error, "lies too deep: a key is DOMAIN/SELECTOR.pem"};
    }
    if (place.domain.empty()) {
        return {in_place_error, "is of no domain: a key is DOMAIN/SELECTOR.pem, or DOMAIN.pem"};
    }
    if (slash == name.npos) {
        if (name.find(begin_mark) == name.npos) return place;
        return {
            in_place_error,
            "has a date but no selector: a key is DOMAIN/SELECTOR.from-YYYY-MM-DD.pem"
        };
    }
    name.remove_prefix(slash + 1);
    const auto mark = name.rfind(begin_mark);
    if (mark != name.npos) {
        place.begin = day_in(name.substr(mark + begin_mark.size()));
        if (!place.begin)
            return {in_place_error, "begins at no date: it is SELECTOR.from-YYYY-MM-DD.pem"};
        name = name.substr(0, mark);
    }
    place.selector = base::lowered(name);
    if (!smtp::is_domain_name(place.selector, smtp::grammar::liberal)) {
        return {in_place_error, "has a selector that can't be in the DNS"};
    }
    return place;
}

}  // namespace kurir::dkim
