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

verb verb_in(std::string_view line) {
    const auto word = line.substr(0, std::min(line.find(' '), line.size()));
    const auto row = std::ranges::find_if(verb_rows, [word](const verb_row& each) {
        return base::equal_ignoring_case(each.word, word);
    });
    return row == verb_rows.end() ? verb::unknown : row->name;
}

std::string masked_command(std::string_view line) {
    const auto name = verb_in(line);
    if (name == verb::unknown) {
        return line.empty() ? ""
                            : "(" + std::to_string(line.size()) + " bytes that are no command)";
    }
    if (name != verb::auth) return shown(line);
    const auto mechanism = std::min(line.find(' '), line.size() - 1) + 1;
    const auto response = line.find(' ', mechanism);
    if (response == std::string_view::npos) return shown(line);
    return shown(line.substr(0, response)) + " ***";
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
