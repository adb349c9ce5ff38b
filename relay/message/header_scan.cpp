#include "relay/message/header_scan.hpp"

#include <algorithm>
#include <array>

#include "relay/base/text.hpp"
#include "relay/message/ascii_text.hpp"

namespace kurir::message {

namespace {

// The name of a field: printable without colon, before a colon. White space before the colon is
// obsolete and legal (RFC 5322 4.5). Empty if `line` begins no field.
std::string_view name_in(std::string_view line) noexcept {
    const auto* end = std::find_if(line.begin(), line.end(), [](char c) {
        return c <= 0x20 || c == ':' || c == 0x7f || base::is_high(c);
    });
    const auto* colon = std::find_if_not(end, line.end(), base::is_blank);
    if (colon == line.end() || *colon != ':') return {};
    return line.substr(0, static_cast<std::size_t>(end - line.begin()));
}

// True if the line may become a field with more bytes: it has no colon yet, and no character that a
// field name can't have. No name is longer than a line may be.
bool has_only_name(std::string_view line) noexcept {
    if (line.size() > line_max) return false;
    const auto end = std::min(line.find_last_not_of(" \t") + 1, line.size());
    return std::all_of(line.begin(), line.begin() + static_cast<std::ptrdiff_t>(end), [](char c) {
        return c > 0x20 && c != 0x7f && !base::is_high(c);
    });
}

field_name known(std::string_view name) noexcept {
    static constexpr std::array<std::string_view, 11> names = {
        // in the order of `field_name`
        "",
        "Bcc",
        "Date",
        "From",
        "X-Kurir-Idempotency-Key",
        "Message-ID",
        "X-Kurir-Priority",
        "Received",
        "X-Kurir-Route",
        "Resent-Bcc",
        "Sender",
    };
    for (std::size_t i = 1; i < names.size(); ++i) {
        const bool is_it =
            name.size() == names[i].size() && base::equal_ignoring_case(name, names[i]);
        if (is_it) return static_cast<field_name>(i);
    }
    return field_name::other;
}

// The line before a message in an mbox, also in UUCP's form: "From user date", ">From user date".
bool is_mbox_line(std::string_view line) noexcept {
    if (line.starts_with('>')) line.remove_prefix(1);
    return line.starts_with("From ") && name_in(line).empty();
}

// As in "Mon Nov 23 04:05:06 2026".
bool has_time_of_day(std::string_view line) noexcept {
    for (std::size_t colon = line.find(':'); colon != std::string_view::npos;
         colon = line.find(':', colon + 1)) {
        const bool digits = colon >= 2 && colon + 2 < line.size() &&
                            base::is_digit(line[colon - 2]) && base::is_digit(line[colon - 1]) &&
                            base::is_digit(line[colon + 1]) && base::is_digit(line[colon + 2]);
        if (digits) return true;
    }
    return false;
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
        if (line_ == 0) drop_byte_order_mark(line);
        on_line(line, newline + 1);
        line_ = searched_ = newline + 1;
    }
    return true;
}

// Windows editors put it before a text, where it hides the first field.
void header_scan::drop_byte_order_mark(std::string_view& line) {
    constexpr std::string_view mark = "\xef\xbb\xbf";
    if (!line.starts_with(mark) || name_in(line.substr(mark.size())).empty()) return;
    line.remove_prefix(mark.size());
    line_ = mbox_end_ = mark.size();
}

bool header_scan::ends_in(std::string_view message) {
    if (scan(message)) return true;
    const auto line = message.substr(line_);
    const bool is_open = line.empty() || has_only_name(line) || is_header_line(line);
    if (!is_open) end_before_body();
    return done_;
}

void header_scan::finish(std::string_view message) {
    if (scan(message)) return;
    if (line_ < message.size()) on_line(message.substr(line_), message.size());
    if (done_) return;
    // Only lines that may be of an mbox: without the time of day they are text.
    if (!has_field_ && !mbox_date_) return end_at(0);
    if (!has_field_) facts_.begin = mbox_end_;
    end_at(message.size());
}

// `next` is where the line after it begins.
void header_scan::on_line(std::string_view line, std::size_t next) {
    if (!has_field_ && is_mbox_line(line)) {
        mbox_date_ = mbox_date_ || has_time_of_day(line);
        mbox_end_ = next;
    } else if (line.empty() && (has_field_ || mbox_end_ == 0 || mbox_date_)) {
        if (!has_field_) facts_.begin = mbox_end_;
        facts_.blank_line = true;
        end_at(next);
    } else if (!is_header_line(line)) {
        end_before_body();
    } else if (!base::is_blank(line.front())) {
        on_field(line, next);
    } else if (continues_) {
        facts_.fields.back().end = next;
    }
}

bool header_scan::is_header_line(std::string_view line) const noexcept {
    if (line.empty()) return false;
    return base::is_blank(line.front()) ? has_field_ : !name_in(line).empty();
}

void header_scan::on_field(std::string_view line, std::size_t next) {
    if (!has_field_) facts_.begin = mbox_end_;
    has_field_ = true;
    const field_name name = known(name_in(line));
    continues_ = name != field_name::other && name != field_name::received;
    if (continues_) {
        if (facts_.fields.empty()) facts_.fields.reserve(8);
        facts_.fields.push_back({.name = name, .begin = line_, .end = next});
    }
    if (name == field_name::received) ++facts_.received;
}

// A first line that looks like an mbox line is text, unless a field or a time shows that it is one.
void header_scan::end_before_body() {
    facts_.body = true;
    if (has_field_) return end_at(line_);
    facts_.begin = mbox_date_ ? mbox_end_ : 0;
    end_at(facts_.begin);
}

void header_scan::end_at(std::size_t position) {
    done_ = true;
    facts_.end = position;
}

std::string field_value(std::string_view field, std::size_t limit) {
    field.remove_prefix(std::min(field.size(), field.find(':') + 1));
    std::string value;
    while (!field.empty() && value.size() < limit) {
        const std::size_t end = std::min(field.find("\r\n"), field.size());
        const auto part = base::trimmed(field.substr(0, end));
        field.remove_prefix(std::min(field.size(), end + 2));
        if (part.empty()) continue;
        if (!value.empty()) value += ' ';
        value += part.substr(0, limit);
    }
    return value;
}

}  // namespace kurir::message
