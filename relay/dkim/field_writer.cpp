#include "relay/dkim/field_writer.hpp"

namespace kurir::dkim {

namespace {

constexpr std::size_t line_wanted = 78;  // RFC 5322 section 2.1.1

}  // namespace

void field_writer::fold() {
    text_ += "\r\n ";
    column_ = 1;
}

void field_writer::word(std::string_view text) {
    if (column_ + 1 + text.size() > line_wanted) {
        fold();
    } else {
        text_ += ' ';
        ++column_;
    }
    text_ += text;
    column_ += text.size();
}

void field_writer::joined(std::string_view text) {
    if (column_ + text.size() > line_wanted) fold();
    text_ += text;
    column_ += text.size();
}

void field_writer::divisible(std::string_view text) {
    while (!text.empty()) {
        if (column_ >= line_wanted) fold();
        const auto part = text.substr(0, line_wanted - column_);
        text_ += part;
        column_ += part.size();
        text.remove_prefix(part.size());
    }
}

}  // namespace kurir::dkim
