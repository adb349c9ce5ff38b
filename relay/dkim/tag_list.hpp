// Tag lists (RFC 6376 section 3.2), as in DKIM-Signature fields and in the records of keys. Strict;
// pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kurir::dkim {

struct tag {
    std::string_view name;   // its case matters
    std::string_view value;  // without white space around it; may be folded
    std::size_t begin = 0;   // where what stands between "=" and ";" is in the text,
    std::size_t end = 0;     // with the white space
};

class tag_list {
public:
    // The standards know fourteen.
    static constexpr std::size_t tags_max = 64;

    // Nothing if it is no tag list, or a longer one: no name, no "=", a name twice, characters that
    // none may have.
    static std::optional<tag_list> parse(std::string_view text);

    const tag* find(std::string_view name) const noexcept;

    // Nothing: there is no such tag.
    std::optional<std::string_view> value(std::string_view name) const noexcept;

    const std::vector<tag>& tags() const noexcept { return tags_; }

private:
    std::vector<tag> tags_;
};

// Without any white space.
std::string without_spaces(std::string_view text);

// Its parts between the colons, without white space around them.
std::vector<std::string_view> colon_list(std::string_view value);

// A value in base64, in which white space may stand anywhere. Nothing if it is not that.
std::optional<std::string> base64_value(std::string_view value);

}  // namespace kurir::dkim
