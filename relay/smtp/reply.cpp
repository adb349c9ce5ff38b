#include "relay/smtp/reply.hpp"

#include <algorithm>

#include "relay/base/text.hpp"

namespace kurir::smtp {

namespace {

constexpr std::size_t reply_line_max = 512;  // RFC 5321 4.5.3.1.5, with CRLF

// Takes one to three digits from the front of `text`.
std::optional<std::uint16_t> take_number(std::string_view& text) noexcept {
    std::size_t digits = 0;
    unsigned value = 0;
    while (digits < text.size() && digits < 4 && base::is_digit(text[digits])) {
        value = value * 10 + static_cast<unsigned>(text[digits++] - '0');
    }
    if (digits == 0 || digits > 3) return std::nullopt;
    text.remove_prefix(digits);
    return static_cast<std::uint16_t>(value);
}

bool take_dot(std::string_view& text) noexcept {
    if (text.empty() || text.front() != '.') return false;
    text.remove_prefix(1);
    return true;
}

}  // namespace

std::string enhanced_status::text() const {
    return std::to_string(klass) + '.' + std::to_string(subject) + '.' + std::to_string(detail);
}

std::optional<enhanced_status> enhanced_status::parse(std::string_view text) noexcept {
    const auto klass = take_number(text);
    if (!klass || (*klass != 2 && *klass != 4 && *klass != 5) || !take_dot(text)) {
        return std::nullopt;
    }
    const auto subject = take_number(text);
    if (!subject || !take_dot(text)) return std::nullopt;
    const auto detail = take_number(text);
    if (!detail || (!text.empty() && text.front() != ' ')) return std::nullopt;
    return enhanced_status{*klass, *subject, *detail};
}

std::optional<reply> parse_written_reply(std::string_view text, enhanced_status status) {
    const auto code = take_number(text);
    if (!code || *code < 200 || *code > 599 || !text.starts_with(' ')) return std::nullopt;
    text.remove_prefix(1);
    const auto written = enhanced_status::parse(text);
    if (written) text.remove_prefix(std::min(text.find(' '), text.size()));
    if (text.starts_with(' ')) text.remove_prefix(1);
    reply parsed{.code = *code, .status = written.value_or(status), .lines = {}};
    parsed.lines.emplace_back(text);
    return parsed;
}

std::string reply::wire() const {
    const std::string code_text = std::to_string(code);
    const std::string status_text = status ? status.text() + ' ' : std::string();
    std::string bytes;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        const std::size_t start = bytes.size();
        bytes += code_text;
        bytes += i + 1 < lines.size() ? '-' : ' ';
        bytes += status_text;
        bytes += lines[i];
        if (bytes.size() - start > reply_line_max - 2) bytes.resize(start + reply_line_max - 2);
        bytes += "\r\n";
    }
    return bytes;
}

std::string reply::joined() const {
    std::string text;
    for (const auto& line : lines) {
        if (!text.empty()) text += ' ';
        text += line;
    }
    return text;
}

}  // namespace kurir::smtp
