#include "relay/suppression/csv.hpp"

#include <algorithm>

namespace kurir::suppression {

namespace {

constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

// Without the CR of its end.
std::string_view without_cr(std::string_view line) noexcept {
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

}  // namespace

csv_reader::csv_reader(std::string_view text, char separator)
    : rest_(text.starts_with(byte_order_mark) ? text.substr(byte_order_mark.size()) : text),
      separator_(separator) {}

std::optional<csv_row> csv_reader::next() {
    while (!rest_.empty() && at_line_end())
        end_line();
    if (rest_.empty()) return std::nullopt;
    csv_row row{.line = line_};
    const auto begin = rest_;
    while (take_field(row)) {
    }
    if (!row.mistake.empty()) {
        rest_ = begin;
        line_ = row.line;
    }
    end_line();
    return row;
}

// False: it was the last one, or it has a mistake.
bool csv_reader::take_field(csv_row& row) {
    if (rest_.starts_with('"')) {
        if (!take_quoted(row)) return false;
    } else {
        const auto size = std::min(rest_.find(separator_), rest_.find('\n'));
        const auto field = rest_.substr(0, size);
        rest_.remove_prefix(field.size());
        row.fields.emplace_back(rest_.starts_with(separator_) ? field : without_cr(field));
    }
    if (!rest_.starts_with(separator_)) return false;
    rest_.remove_prefix(1);
    return true;
}

bool csv_reader::take_quoted(csv_row& row) {
    std::string field;
    for (auto rest = rest_.substr(1);;) {
        const auto quote = rest.find('"');
        if (quote == std::string_view::npos) {
            row.mistake = "has a quote that does not end";
            return false;
        }
        field.append(rest.substr(0, quote));
        line_ += static_cast<std::size_t>(std::ranges::count(rest.substr(0, quote), '\n'));
        rest.remove_prefix(quote + 1);
        if (rest.starts_with('"')) {
            field += '"';
            rest.remove_prefix(1);
            continue;
        }
        rest_ = rest;
        break;
    }
    if (!rest_.empty() && !rest_.starts_with(separator_) && !at_line_end()) {
        row.mistake = "has text behind a quote";
        return false;
    }
    row.fields.push_back(std::move(field));
    return true;
}

bool csv_reader::at_line_end() const noexcept {
    return rest_.starts_with('\n') || rest_.starts_with("\r\n");
}

// Skips what is left of the line, and its end.
void csv_reader::end_line() {
    const auto end = rest_.find('\n');
    rest_ = end == std::string_view::npos ? std::string_view() : rest_.substr(end + 1);
    ++line_;
}

void append_csv(std::string& target, const std::vector<std::string_view>& fields) {
    bool first = true;
    for (const auto field : fields) {
        if (!first) target += ',';
        first = false;
        if (field.find_first_of(",\"\r\n") == std::string_view::npos) {
            target.append(field);
            continue;
        }
        target += '"';
        for (const char c : field) {
            if (c == '"') target += '"';
            target += c;
        }
        target += '"';
    }
    target.append("\r\n");
}

}  // namespace kurir::suppression
