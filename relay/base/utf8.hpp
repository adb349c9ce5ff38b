// UTF-8 (RFC 3629): no overlong form, no surrogate, nothing above U+10FFFF.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace kurir::base {

struct utf8_character {
    char32_t code_point = 0;
    std::size_t size = 0;  // in bytes
};

// The character that `text` begins with, if it begins with one.
std::optional<utf8_character> first_character(std::string_view text) noexcept;

bool is_utf8(std::string_view text) noexcept;

}  // namespace kurir::base
