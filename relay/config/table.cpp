#include "relay/config/table.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "relay/base/text.hpp"
#include "relay/config/words.hpp"

namespace kurir::config {
namespace {

constexpr std::string_view around_entries = " \t\r";

// Without the comment at its end.
std::string_view content(std::string_view line) {
    for (auto hash = line.find('#'); hash != std::string_view::npos;
         hash = line.find('#', hash + 1)) {
        if (hash == 0 || around_entries.find(line[hash - 1]) != std::string_view::npos) {
            return base::trimmed(line.substr(0, hash), around_entries);
        }
    }
    return base::trimmed(line, around_entries);
}

bool has_control_in_entry(std::string_view line) {
    return std::ranges::any_of(line, [](char c) {
        return (c >= '\0' && c < ' ' && c != '\t') || c == '\x7f';
    });
}

bool is_one_line(std::string_view text) {
    return text.find('\n') == std::string_view::npos;
}

std::string at_line(std::string wrong, std::size_t number) {
    return std::move(wrong) + " (line " + std::to_string(number) + ")";
}

std::optional<std::string> read_lines(std::string_view text, const numbered_line_reader& read) {
    const bool numbered = !is_one_line(text);
    for (std::size_t number = 1; !text.empty(); ++number) {
        if (number > table_lines_max) {
            return "has more than " + std::to_string(table_lines_max) + " lines";
        }
        const auto line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        const auto entry = content(line);
        if (entry.empty()) continue;
        auto wrong = has_control_in_entry(entry) ? "has a control character" : read(entry, number);
        if (wrong) return numbered ? at_line(*std::move(wrong), number) : wrong;
    }
    return std::nullopt;
}

}  // namespace

std::string_view take_entry(std::string_view& line) {
    bool in_quotes = false;
    std::size_t end = 0;
    while (end < line.size() && (in_quotes || line[end] != ';')) {
        if (line[end] == '"') in_quotes = !in_quotes;
        ++end;
    }
    const auto entry = line.substr(0, end);
    line.remove_prefix(std::min(end + 1, line.size()));
    return base::trimmed(entry, base::white_space);
}

std::optional<std::string> read_table(std::string_view text, const line_reader& read) {
    return read_lines(text, [&](std::string_view line, std::size_t) { return read(line); });
}

std::optional<std::string> read_table(
    std::string_view text, entry_taker take, const numbered_line_reader& read
) {
    const bool counted = is_one_line(text);
    const auto read_entries = [&](std::string_view line,
                                  std::size_t number) -> std::optional<std::string> {
        for (; !line.empty(); number += counted ? 1 : 0) {
            const auto entry = take(line);
            if (entry.empty()) continue;
            auto wrong = read(entry, number);
            const bool alone = number == 1 && line.empty();
            if (wrong) return counted && !alone ? at_line(*std::move(wrong), number) : wrong;
        }
        return std::nullopt;
    };
    return read_lines(text, read_entries);
}

}  // namespace kurir::config
