#include "relay/message/fixup.hpp"

#include <algorithm>

#include "relay/smtp/text.hpp"

namespace kurir::message {

namespace {

constexpr std::size_t message_id_text_max = 256;
constexpr std::size_t priority_text_max = 64;

constexpr bool is_space(char c) noexcept {
    return c == ' ' || c == '\t';
}

// The name of a field: printable without colon, before a colon. White space before the colon is
// obsolete and legal (RFC 5322 4.5). Empty if `line` begins no field.
std::string_view field_name(std::string_view line) noexcept {
    const auto* end = std::find_if(line.begin(), line.end(), [](char c) {
        return c <= 0x20 || c == ':' || c == 0x7f || smtp::is_high(c);
    });
    const auto* colon = std::find_if_not(end, line.end(), is_space);
    if (colon == line.end() || *colon != ':') return {};
    return line.substr(0, static_cast<std::size_t>(end - line.begin()));
}

std::string_view trimmed(std::string_view text) noexcept {
    while (!text.empty() && is_space(text.front()))
        text.remove_prefix(1);
    while (!text.empty() && is_space(text.back()))
        text.remove_suffix(1);
    return text;
}

}  // namespace

bool header_scan::scan(std::string_view message) {
    while (!done_) {
        const std::size_t newline = message.find('\n', searched_);
        if (newline == std::string_view::npos) {
            searched_ = message.size();
            return false;
        }
        std::string_view line = message.substr(line_, newline - line_);
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (line.empty()) {
            facts_.blank_line = true;
            end_at(message, newline + 1);
        } else if (line_ == 0 && field_name(line).empty()) {
            end_at(message, 0);  // text without any header
        } else {
            on_line(line, newline + 1);
        }
        line_ = searched_ = newline + 1;
    }
    return true;
}

void header_scan::finish(std::string_view message) {
    if (!scan(message)) end_at(message, message.size());
}

// `next` is where the line after it begins.
void header_scan::on_line(std::string_view line, std::size_t next) {
    if (is_space(line.front())) {  // goes on with the field before it
        if (in_priority_) on_priority_text(line, next);
        return;
    }
    const std::string_view name = field_name(line);
    in_priority_ = smtp::equal_ignoring_case(name, "X-Kurir-Priority");
    if (in_priority_) {
        facts_.priorities.push_back({.begin = line_, .end = next});
        return on_priority_text(line.substr(line.find(':') + 1), next);
    }
    if (smtp::equal_ignoring_case(name, "Received")) {
        ++facts_.received;
    } else if (smtp::equal_ignoring_case(name, "Date")) {
        facts_.date = true;
    } else if (smtp::equal_ignoring_case(name, "Message-ID") && !facts_.message_id) {
        facts_.message_id = true;
        const std::string_view value = trimmed(line.substr(line.find(':') + 1));
        facts_.message_id_text = value.substr(0, message_id_text_max);
    }
}

void header_scan::on_priority_text(std::string_view text, std::size_t next) {
    auto& field = facts_.priorities.back();
    field.end = next;
    text = trimmed(text);
    if (text.empty() || field.value.size() > priority_text_max) return;
    if (!field.value.empty()) field.value += ' ';
    field.value += smtp::lowered(text.substr(0, priority_text_max));
}

void header_scan::end_at(std::string_view message, std::size_t position) {
    done_ = true;
    facts_.end = position;
    facts_.high_bytes = smtp::has_high(message.substr(0, position));
}

}  // namespace kurir::message
