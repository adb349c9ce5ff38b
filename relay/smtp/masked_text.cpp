#include "relay/smtp/masked_text.hpp"

#include <algorithm>

#include "relay/base/text.hpp"
#include "relay/smtp/verbs.hpp"

namespace kurir::smtp {

namespace {

std::string shown(std::string_view line) {
    std::string text(line);
    for (auto& each : text) {
        if ((each >= '\0' && each < ' ') || each == '\x7f') each = '?';
    }
    return text;
}

constexpr std::string_view blanks = " \t";

std::string_view first_word(std::string_view text) {
    return text.substr(0, text.find_first_of(blanks));
}

verb verb_in(std::string_view line) {
    const auto word = first_word(line);
    const auto row = std::ranges::find_if(verb_rows, [word](const verb_row& each) {
        return base::equal_ignoring_case(each.word, word);
    });
    return row == verb_rows.end() ? verb::unknown : row->name;
}

// As in RFC 4422 section 3.1; anything else may be a password.
bool is_mechanism_name(std::string_view word) {
    return word.size() <= 20 && std::ranges::all_of(word, [](char c) {
               return base::is_alphanumeric(c) || c == '-' || c == '_';
           });
}

std::string masked_login(std::string_view line) {
    const auto word = first_word(line);
    const auto rest = base::trimmed_front(line.substr(word.size()));
    if (rest.empty()) return shown(word);
    const auto mechanism = first_word(rest);
    if (!is_mechanism_name(mechanism)) return shown(word) + " ***";
    const bool has_more = mechanism.size() < rest.size();
    return shown(word) + ' ' + shown(mechanism) + (has_more ? " ***" : "");
}

std::string masked_command(std::string_view line) {
    const auto name = verb_in(line);
    if (name == verb::auth) return masked_login(line);
    if (name != verb::unknown) return shown(line);
    return line.empty() ? "" : "(" + std::to_string(line.size()) + " bytes that are no command)";
}

std::string masked_reply(std::string_view line) {
    return line.starts_with("334") ? "334 ***" : shown(line);
}

std::string masked_lines(std::string_view text, std::string (*mask)(std::string_view line)) {
    std::string all;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        auto line = text.substr(0, end);
        if (line.ends_with('\r')) line.remove_suffix(1);
        all.append(all.empty() ? "" : "\n").append(mask(line));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return all;
}

}  // namespace

std::string masked_commands(std::string_view text) {
    return masked_lines(text, masked_command);
}

std::string masked_replies(std::string_view text) {
    return masked_lines(text, masked_reply);
}

}  // namespace kurir::smtp
