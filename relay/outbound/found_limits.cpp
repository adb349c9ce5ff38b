#include "relay/outbound/found_limits.hpp"

#include <charconv>
#include <system_error>

#include "relay/config/words.hpp"

namespace kurir::outbound {

using namespace std::chrono_literals;

namespace {

constexpr std::string_view connections_key = "connections=";
constexpr std::string_view pace_key = "pace=";

// A destination is told of no more often, and as often at least.
constexpr auto told_again_min = 10s;
constexpr auto told_again_max = limits_told_for / 2;

constexpr double much_faster = 1.2;
constexpr std::size_t told_connections_max = 100'000;
constexpr double told_pace_min = 1e-4;
constexpr double told_pace_max = 1e6;

template <class Number>
std::optional<Number> number_in(std::string_view text, Number least, Number most) {
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool is_whole = error == std::errc() && end == text.data() + text.size();
    const bool is_valid = is_whole && value >= least && value <= most;
    return is_valid ? std::optional(value) : std::nullopt;
}

bool is_other_pace(std::optional<double> told, std::optional<double> found) {
    if (!told || !found) return told.has_value() != found.has_value();
    return *found > *told * much_faster || *found < *told / much_faster;
}

}  // namespace

std::string text_of(const found_limits& limits) {
    std::string all;
    if (limits.connections) all.append(connections_key) += std::to_string(*limits.connections);
    if (limits.connections && limits.pace) all += ' ';
    if (limits.pace) all.append(pace_key) += std::to_string(*limits.pace);
    return all;
}

found_limits read_found_limits(std::string_view text) {
    found_limits made;
    for (const auto word : config::words(text)) {
        if (word.starts_with(connections_key)) {
            made.connections = number_in<std::size_t>(
                word.substr(connections_key.size()), 1, told_connections_max
            );
        } else if (word.starts_with(pace_key)) {
            made.pace = number_in(word.substr(pace_key.size()), told_pace_min, told_pace_max);
        }
    }
    return made;
}

bool is_news(const told_limits& told, const found_limits& found, net::clock::time_point now) {
    if (told.at && now - *told.at < told_again_min) return false;
    if (found.connections != told.limits.connections) return true;
    if (is_other_pace(told.limits.pace, found.pace)) return true;
    return !found.empty() && now - *told.at >= told_again_max;
}

}  // namespace kurir::outbound
