#include "relay/mime/folded_field.hpp"

#include "relay/mime/survey.hpp"

namespace kurir::mime {

namespace {

constexpr std::size_t wanted_max = 76;
constexpr std::size_t blank_max = 60;

}  // namespace

folded_field::folded_field(std::string_view name) {
    word({}, name);
    has_word_ = false;
}

void folded_field::word(std::string_view blank, std::string_view word) {
    blank = blank.substr(0, blank_max);
    const std::size_t end = column_ + blank.size() + word.size();
    const bool divides = blank.empty() && column_ > 0 && end > line_max && word.size() < line_max;
    if (divides || (!blank.empty() && end > (has_word_ ? wanted_max : line_max))) {
        text_ += "\r\n";
        column_ = 0;
        if (divides) blank = " ";
    }
    text_ += blank;
    column_ += blank.size();
    while (column_ + word.size() > line_max) {  // nothing can be divided there: it is all the same
        const auto part = word.substr(0, line_max - column_);
        text_ += part;
        text_ += "\r\n ";
        word.remove_prefix(part.size());
        column_ = 1;
    }
    text_ += word;
    column_ += word.size();
    has_word_ = true;
}

}  // namespace kurir::mime
