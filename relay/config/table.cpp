#include "relay/config/table.hpp"

#include <algorithm>

#include "relay/base/text.hpp"
#include "relay/config/words.hpp"

namespace kurir::config {
namespace {

constexpr std::string_view blanks = " \t\r";

// Without the comment at its end.
std::string_view content(std::string_view line) {
    for (auto hash = line.find('#'); hash != std::string_view::npos;
         hash = line.find('#', hash + 1)) {
        if (hash == 0 || blanks.find(line[hash - 1]) != std::string_view::npos) {
            return base::trimmed(line.substr(0, hash), blanks);
        }
    }
    return base::trimmed(line, blanks);
}

bool has_control_character(std::string_view line) {
    return std::ranges::any_of(line, [](char c) {
        return (c >= '\0' && c < ' ' && c != '\t') || c == '\x7f';
    });
}

}  // namespace

std::optional<std::string> read_table(std::string_view text, const line_reader& read) {
    const auto read_unnumbered = [&](std::string_view line, std::size_t) { return read(line); };
    return read_table(text, numbered_line_reader(read_unnumbered));
}

std::optional<std::string> read_table(std::string_view text, const numbered_line_reader& read) {
    const bool is_one_line = text.find('\n') == std::string_view::npos;
    for (std::size_t number = 1; !text.empty(); ++number) {
        if (number > table_lines_max) {
            return "has more than " + std::to_string(table_lines_max) + " lines";
        }
        const auto line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        const auto entry = content(line);
        if (entry.empty()) continue;
        auto wrong = has_control_character(entry) ? "has a control character" : read(entry, number);
        if (!wrong) continue;
        if (is_one_line) return wrong;
        return *wrong + " (line " + std::to_string(number) + ")";
    }
    return std::nullopt;
}

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

}  // namespace kurir::config
