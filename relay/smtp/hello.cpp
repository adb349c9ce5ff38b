#include "relay/smtp/hello.hpp"

#include <algorithm>

#include "relay/base/text.hpp"
#include "relay/base/utf8.hpp"
#include "relay/smtp/domain.hpp"

namespace kurir::smtp {

namespace {

constexpr std::size_t name_max = 255;

constexpr bool is_control(char c) noexcept {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

// The text of a comment: ASCII, parentheses and backslashes quoted (RFC 5322 section 3.2.2).
std::string comment_text(std::string_view text) {
    std::string result;
    for (const char c : text) {
        if (c == '(' || c == ')' || c == '\\') result += '\\';
        result += base::is_high(c) || is_control(c) ? '?' : c;
    }
    return result;
}

}  // namespace

std::string hello_name(std::string_view given) {
    std::string name(given.substr(0, name_max));
    // Not in the middle of a character.
    while (name.size() == name_max && !base::is_utf8(name) && base::is_utf8(given) &&
           base::is_high(name.back()))
        name.pop_back();
    std::replace_if(name.begin(), name.end(), is_control, '?');
    return name;
}

std::string received_from(std::string_view hello, std::string_view client) {
    const std::string address(client);
    if (!is_domain_or_literal(hello)) return address + " (HELO " + comment_text(hello) + ')';
    if (!hello.starts_with('[')) return std::string(hello) + " (" + address + ')';
    const auto literal = address_literal(hello.substr(1, hello.size() - 2), grammar::liberal);
    return literal.value_or(address) + " (" + address + ')';
}

}  // namespace kurir::smtp
