#include "relay/config/units.hpp"

#include <array>
#include <charconv>
#include <limits>

#include "relay/base/text.hpp"

namespace kurir::config {
namespace {

struct unit {
    std::string_view name;
    std::uint64_t factor;
};

constexpr std::array size_units{
    unit{"T", 1ULL << 40U}, unit{"G", 1ULL << 30U}, unit{"M", 1ULL << 20U}, unit{"K", 1ULL << 10U}
};
constexpr std::array duration_units{
    unit{"d", 86'400'000}, unit{"h", 3'600'000}, unit{"m", 60'000}, unit{"s", 1'000}, unit{"ms", 1}
};
// Also accepted, never written.
constexpr std::array other_duration_units{unit{"min", 60'000}, unit{"sec", 1'000}};

// The unit's letter without its suffix: the M of M, MB or MiB; nothing for B alone.
std::optional<std::string_view> size_prefix(std::string_view suffix) {
    if (suffix.size() > 1 && base::lower(suffix.back()) == 'b') {
        suffix.remove_suffix(1);
        if (suffix.size() > 1 && base::lower(suffix.back()) == 'i') suffix.remove_suffix(1);
    } else if (suffix == "B") {
        suffix = {};
    }
    if (suffix.size() > 1) return std::nullopt;
    return suffix;
}

// Takes the digits at the start of `text`.
std::optional<std::uint64_t> take_number(std::string_view& text) {
    std::uint64_t number = 0;
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (ec != std::errc()) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return number;
}

std::optional<std::uint64_t> product(std::uint64_t count, std::uint64_t factor) {
    if (count > std::numeric_limits<std::uint64_t>::max() / factor) return std::nullopt;
    return count * factor;
}

// One part of a duration in milliseconds, such as the 1h of 1h30m.
std::optional<std::uint64_t> take_part(std::string_view& text) {
    const auto count = take_number(text);
    if (!count) return std::nullopt;
    const auto name = text.substr(0, text.find_first_of("0123456789"));
    text.remove_prefix(name.size());
    for (const auto& [known, factor] : duration_units) {
        if (name == known) return product(*count, factor);
    }
    for (const auto& [known, factor] : other_duration_units) {
        if (name == known) return product(*count, factor);
    }
    return std::nullopt;
}

}  // namespace

std::optional<std::uint64_t> number_of(std::string_view text) {
    const auto number = take_number(text);
    if (!text.empty()) return std::nullopt;
    return number;
}

std::optional<std::uint64_t> size_of(std::string_view text) {
    const auto count = take_number(text);
    const auto prefix = size_prefix(text);
    if (!count || !prefix) return std::nullopt;
    if (prefix->empty()) return count;
    for (const auto& [name, factor] : size_units) {
        if (base::lower(prefix->front()) == base::lower(name.front()))
            return product(*count, factor);
    }
    return std::nullopt;
}

std::optional<std::chrono::milliseconds> duration_of(std::string_view text) {
    constexpr auto most = std::uint64_t{1} << 53U;  // beyond any use, and no sum overflows
    if (text == "0") return std::chrono::milliseconds(0);
    if (text.empty()) return std::nullopt;
    std::uint64_t total = 0;
    while (!text.empty()) {
        const auto part = take_part(text);
        if (!part || *part > most) return std::nullopt;
        total += *part;
        if (total > most) return std::nullopt;
    }
    return std::chrono::milliseconds(total);
}

std::string size_text(std::uint64_t bytes) {
    for (const auto& [name, factor] : size_units) {
        if (bytes != 0 && bytes % factor == 0) {
            return std::to_string(bytes / factor) + std::string(name);
        }
    }
    return std::to_string(bytes);
}

std::string duration_text(std::chrono::milliseconds duration) {
    const auto count = static_cast<std::uint64_t>(duration.count());
    if (count == 0) return "0";
    for (const auto& [name, factor] : duration_units) {
        if (count % factor == 0) return std::to_string(count / factor) + std::string(name);
    }
    return std::to_string(count) + "ms";
}

}  // namespace kurir::config
