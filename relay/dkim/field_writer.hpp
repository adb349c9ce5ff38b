// Writes a field whose lines are not too long. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace kurir::dkim {

// No line is longer than 78 bytes, unless a single word is.
class field_writer {
public:
    explicit field_writer(std::string name) : text_(std::move(name)), column_(text_.size()) {}

    // A word, behind a space or a fold.
    void word(std::string_view text);
    // Directly behind what is there, unless the line would be too long: then behind a fold.
    void joined(std::string_view text);
    // Directly behind what is there, with a fold wherever a line is full.
    void divisible(std::string_view text);

    const std::string& text() const noexcept { return text_; }

private:
    void fold();

    std::string text_;
    std::size_t column_;
};

}  // namespace kurir::dkim
