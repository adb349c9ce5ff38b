// The value of a structured header field in its lexical parts (RFC 5322 section 3.2), bytes above
// 0x7f being letters. Pure. Nothing is lost: all parts together are the value.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace kurir::mime {

enum class part_kind : std::uint8_t { word, quoted, comment, angle, special };

struct field_part {
    part_kind kind = part_kind::word;
    std::string blank = {};      // white space in front
    std::string_view text = {};  // with quotes, brackets or parentheses
};

// `value` is unfolded and must outlive the parts. `specials`: the characters that stand for
// themselves. What is not closed reaches to the end.
std::vector<field_part> parts_of(std::string_view value, std::string_view specials);

// A quoted string without its quotes and backslashes; other text as it is.
std::string unquoted(std::string_view text);

// A field without the ends of its lines. The CRs and LFs that are left are none.
std::string unfolded(std::string_view field);

}  // namespace kurir::mime
