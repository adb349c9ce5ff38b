#include "relay/app/text_table.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace kurir::app {

namespace {

// Bytes that begin a character of UTF-8.
std::size_t width_of(std::string_view text) {
    return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) {
        return (static_cast<unsigned char>(c) & 0xc0U) != 0x80;
    }));
}

std::string printable_on_terminal(std::string text) {
    std::ranges::replace_if(
        text, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; }, '?'
    );
    return text;
}

}  // namespace

text_table::text_table(std::vector<std::string> names) {
    for (auto& each : names) {
        is_right_.push_back(each.starts_with(' '));
        if (is_right_.back()) each.erase(0, 1);
    }
    rows_.push_back(std::move(names));
}

void text_table::add(std::vector<std::string> row) {
    for (auto& each : row)
        each = printable_on_terminal(std::move(each));
    rows_.push_back(std::move(row));
}

std::string text_table::text() const {
    const auto columns = is_right_.size();
    std::vector<std::size_t> widths(columns, 0);
    for (const auto& row : rows_) {
        for (std::size_t at = 0; at < columns; ++at)
            widths[at] = std::max(widths[at], width_of(row[at]));
    }
    std::string all;
    for (const auto& row : rows_) {
        for (std::size_t at = 0; at < columns; ++at) {
            const std::string padding(widths[at] - width_of(row[at]), ' ');
            if (is_right_[at]) all += padding;
            all += row[at];
            if (at + 1 < columns) all += is_right_[at] ? "  " : padding + "  ";
        }
        all += '\n';
    }
    return all;
}

std::string short_duration(long long seconds) {
    constexpr std::array<std::pair<long long, char>, 4> units{
        {{86400, 'd'}, {3600, 'h'}, {60, 'm'}, {1, 's'}}
    };
    const bool is_past = seconds < 0;
    auto left = is_past ? -seconds : seconds;
    std::string text = is_past ? "-" : "";
    for (std::size_t at = 0; at < units.size(); ++at) {
        if (left < units[at].first && at + 1 < units.size()) continue;
        text += std::to_string(left / units[at].first) + units[at].second;
        left %= units[at].first;
        if (at + 1 < units.size() && left / units[at + 1].first > 0) {
            text += ' ' + std::to_string(left / units[at + 1].first) + units[at + 1].second;
        }
        break;
    }
    return text;
}

std::string short_size(unsigned long long bytes) {
    constexpr std::string_view units = "KMGT";
    if (bytes < 1024) return std::to_string(bytes);
    auto tenths = bytes * 10 / 1024;
    std::size_t unit = 0;
    while (tenths >= 10240 && unit + 1 < units.size()) {
        tenths /= 1024;
        ++unit;
    }
    const auto tenth = tenths < 100 ? '.' + std::to_string(tenths % 10) : std::string();
    return std::to_string(tenths / 10) + tenth + units[unit];
}

}  // namespace kurir::app
