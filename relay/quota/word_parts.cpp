#include "relay/quota/word_parts.hpp"

#include <cstddef>

#include "relay/base/text.hpp"

namespace kurir::quota {

namespace {

constexpr std::string_view words_line = "kurir-words 1\n";
constexpr std::string_view part_word = "part ";

}  // namespace

std::string begin_words() {
    return std::string(words_line);
}

void add_part(std::string& words, std::string_view name, std::string_view text) {
    words.append(part_word).append(name).append(" ").append(std::to_string(text.size()));
    words.append("\n").append(text).append("\n");
}

std::string_view find_part(std::string_view words, std::string_view name) {
    if (!words.starts_with(words_line)) return {};
    words.remove_prefix(words_line.size());
    while (words.starts_with(part_word)) {
        words.remove_prefix(part_word.size());
        const auto blank = words.find(' ');
        const auto end = words.find('\n');
        if (blank == std::string_view::npos || end == std::string_view::npos || blank > end) break;
        const auto size = base::parse_number<std::size_t>(words.substr(blank + 1, end - blank - 1));
        const bool fits = size && *size < words.size() - end - 1;
        if (!fits || words[end + 1 + *size] != '\n') break;
        if (words.substr(0, blank) == name) return words.substr(end + 1, *size);
        words.remove_prefix(end + 1 + *size + 1);
    }
    return {};
}

}  // namespace kurir::quota
