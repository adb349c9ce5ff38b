#include "relay/mime/content_writers.hpp"

#include <algorithm>

#include "relay/base/text.hpp"
#include "relay/sasl/base64.hpp"

namespace kurir::mime {

namespace {

constexpr std::size_t column_max = 75;          // and the "=" of a soft line break
constexpr std::size_t mended_max = 990;         // such lines are left as they are, if they may be
constexpr std::size_t bytes_of_line = 57;       // 76 digits
constexpr std::size_t mended_digits_max = 996;  // whole groups

}  // namespace

// Alone at the begin of a line, "-" and "." may be mistaken for a delimiter and for the end of
// data.
void quoted_printable_writer::add(std::string_view chunk, std::string& output) {
    for (const char c : chunk)
        take(c, output);
}

void quoted_printable_writer::take(char c, std::string& output) {
    if (held_ == "\r" || held_ == " \r" || held_ == "\t\r") {
        if (c == '\n') {
            held_.pop_back();
            release(true, output);
            output += "\r\n";
            column_ = 0;
            escape_ = 0;
            return;
        }
        held_.pop_back();
        release(false, output);
        put('\r', false, output);
    }
    if (c == '\r') {
        held_ += c;
        return;
    }
    release(false, output);
    if (base::is_blank(c)) {
        held_ = c;
    } else {
        put(c, is_plain(c), output);
    }
}

// A blank at the end of a line would be lost on the way.
void quoted_printable_writer::release(bool at_line_end, std::string& output) {
    if (held_.empty()) return;
    put(held_.front(), !at_line_end || mends_, output);
    held_.clear();
}

bool quoted_printable_writer::is_plain(char c) const noexcept {
    if (mends_ && c == '=') return true;
    // A line "--" may be taken for a delimiter.
    if (!mends_ && c == '-' && column_ == 0) return false;
    return c > ' ' && c < 0x7f && c != '=';
}

void quoted_printable_writer::put(char c, bool plain, std::string& output) {
    const std::size_t width = plain ? 1 : 3;
    const auto limit = mends_ ? mended_max : column_max;
    if (column_ + width > limit && escape_ == 0) {
        output += "=\r\n";
        column_ = 0;
        if (c == '-') plain = false;
    }
    if (plain) {
        output += c;
    } else {
        const auto byte = static_cast<unsigned char>(c);
        output += {'=', base::capital_hex_digits[byte >> 4], base::capital_hex_digits[byte & 0xf]};
    }
    column_ += plain ? 1 : 3;
    if (escape_ > 0) --escape_;
    if (mends_ && plain && c == '=') escape_ = 2;
}

void quoted_printable_writer::finish(std::string& output) {
    if (held_.ends_with('\r')) {
        held_.pop_back();
        release(false, output);
        put('\r', false, output);
    }
    release(true, output);
    column_ = 0;
    escape_ = 0;
}

void base64_writer::add(std::string_view chunk, std::string& output) {
    if (mends_) return mend(chunk, output);
    while (!chunk.empty()) {
        if (group_.empty() && chunk.size() >= bytes_of_line) {
            put_line(chunk.substr(0, bytes_of_line), output);
            chunk.remove_prefix(bytes_of_line);
            continue;
        }
        const auto more = chunk.substr(0, bytes_of_line - group_.size());
        group_ += more;
        chunk.remove_prefix(more.size());
        if (group_.size() < bytes_of_line) break;
        put_line(group_, output);
        group_.clear();
    }
}

void base64_writer::put_line(std::string_view bytes, std::string& output) {
    if (has_line_) output += "\r\n";
    has_line_ = true;
    output += sasl::encode_base64(bytes);
}

// Bytes that 7bit data can't have are no digits either: decoders pass over them. Nor are dashes, of
// which none may come to stand where a delimiter has them.
void base64_writer::mend(std::string_view chunk, std::string& output) {
    for (const char c : chunk) {
        const bool ends_line = !group_.empty() && c == '\n';
        group_.clear();
        if (c == '\r') {
            group_ = c;
        } else if (ends_line) {
            output += "\r\n";
            column_ = 0;
            changed_ = false;
        } else if (c == '\n' || c == 0 || base::is_high(c)) {
            changed_ = true;
        } else {
            if (column_ >= mended_digits_max) {
                output += "\r\n";
                column_ = 0;
                changed_ = true;
            }
            if (c == '-' && changed_ && column_ < 2) continue;
            output += c;
            ++column_;
        }
    }
}

void base64_writer::finish(std::string& output) {
    if (!mends_ && !group_.empty()) put_line(group_, output);
    group_.clear();
    has_line_ = false;
    column_ = 0;
    changed_ = false;
}

}  // namespace kurir::mime
