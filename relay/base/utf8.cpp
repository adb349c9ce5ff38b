#include "relay/base/utf8.hpp"

#include <boost/locale/utf.hpp>

namespace kurir::base {

namespace utf = boost::locale::utf;

std::optional<utf8_character> first_character(std::string_view text) noexcept {
    const char* at = text.data();
    const auto point = utf::utf_traits<char>::decode(at, text.data() + text.size());
    if (!utf::is_valid_codepoint(point)) return std::nullopt;
    return utf8_character{point, static_cast<std::size_t>(at - text.data())};
}

bool is_utf8(std::string_view text) noexcept {
    while (!text.empty()) {
        const auto first = first_character(text);
        if (!first) return false;
        text.remove_prefix(first->size);
    }
    return true;
}

}  // namespace kurir::base
