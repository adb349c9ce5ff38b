#include "relay/dkim/canonical.hpp"

#include <algorithm>

namespace kurir::dkim {

namespace {

constexpr bool is_text(char c) noexcept {
    return c != ' ' && c != '\t' && c != '\r';
}

}  // namespace

std::size_t relaxed_body::canonical_size(std::string_view text) noexcept {
    std::size_t size = 1;
    while (size < text.size()) {
        if (is_text(text[size])) {
            ++size;
        } else if (text[size] == ' ' && size + 1 < text.size() && is_text(text[size + 1])) {
            size += 2;
        } else if (text.substr(size).starts_with(line_end) && size + 2 < text.size() &&
                   is_text(text[size + 2])) {
            size += 3;
        } else {
            break;
        }
    }
    return size;
}

std::string relaxed_field(std::string_view field) {
    const auto colon = std::min(field.find(':'), field.size());
    auto made = base::lowered(base::trimmed(field.substr(0, colon), base::white_space));
    made.reserve(field.size() + 2);
    made += ':';
    bool space = false;
    bool text = false;
    for (std::size_t at = colon + 1; at < field.size(); ++at) {
        const char c = field[at];
        if (field.substr(at).starts_with("\r\n")) {
            ++at;  // a fold goes; the white space behind it stays
        } else if (base::is_blank(c)) {
            space = true;
        } else {
            if (space && text) made += ' ';
            made += c;
            space = false;
            text = true;
        }
    }
    made += "\r\n";
    return made;
}

}  // namespace kurir::dkim
