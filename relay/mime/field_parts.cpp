#include "relay/mime/field_parts.hpp"

#include <algorithm>

#include "relay/base/text.hpp"

namespace kurir::mime {

namespace {

// The size of what begins with `open`, with what closes it.
std::size_t enclosed_size(std::string_view text, char open, char close) {
    std::size_t depth = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\\' && open != '<') {
            ++i;
        } else if (text[i] == close && (open != close || i > 0)) {
            if (open == close || --depth == 0) return i + 1;
        } else if (text[i] == open && (open == '(' || i == 0)) {
            ++depth;
        }
    }
    return text.size();
}

field_part next_part(std::string_view text, std::string_view specials) {
    const char first = text.front();
    if (first == '"')
        return {.kind = part_kind::quoted, .text = text.substr(0, enclosed_size(text, '"', '"'))};
    if (first == '(')
        return {.kind = part_kind::comment, .text = text.substr(0, enclosed_size(text, '(', ')'))};
    if (first == '<')
        return {.kind = part_kind::angle, .text = text.substr(0, enclosed_size(text, '<', '>'))};
    if (specials.find(first) != specials.npos)
        return {.kind = part_kind::special, .text = text.substr(0, 1)};
    const auto ends = [&](char c) {
        return base::is_blank(c) || c == '"' || c == '(' || c == '<' ||
               specials.find(c) != specials.npos;
    };
    const auto end = std::find_if(text.begin() + 1, text.end(), ends);
    return {.text = text.substr(0, static_cast<std::size_t>(end - text.begin()))};
}

}  // namespace

std::vector<field_part> parts_of(std::string_view value, std::string_view specials) {
    std::vector<field_part> parts;
    for (;;) {
        const auto text = base::trimmed_front(value);
        if (text.empty()) return parts;
        auto part = next_part(text, specials);
        part.blank = value.substr(0, value.size() - text.size());
        value = text.substr(part.text.size());
        parts.push_back(std::move(part));
    }
}

std::string unquoted(std::string_view text) {
    if (!text.starts_with('"')) return std::string(text);
    text.remove_prefix(1);
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '"') break;
        if (text[i] == '\\' && i + 1 < text.size()) ++i;
        plain += text[i];
    }
    return plain;
}

std::string unfolded(std::string_view field) {
    std::string text;
    text.reserve(field.size());
    while (!field.empty()) {
        const auto end = std::min(field.find("\r\n"), field.size());
        text += field.substr(0, end);
        field.remove_prefix(std::min(end + 2, field.size()));
    }
    return text;
}

}  // namespace kurir::mime
