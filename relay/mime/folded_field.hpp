// Writes a header field word by word, folded so that lines have at most 76 bytes where words allow
// it, and 998 in any case.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace kurir::mime {

class folded_field {
public:
    // `name` with its colon.
    explicit folded_field(std::string_view name);

    // `blank`: the white space in front of the word; empty: there is none, and it is made only
    // where the line has no room for the word.
    void word(std::string_view blank, std::string_view word);

    // With its CRLF.
    std::string finish() { return std::move(text_) + "\r\n"; }

private:
    std::string text_;
    std::size_t column_ = 0;
    bool has_word_ = false;  // in this line
};

}  // namespace kurir::mime
