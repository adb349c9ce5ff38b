#include "relay/spf/macro.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include "relay/base/text.hpp"

namespace kurir::spf {

namespace {

constexpr std::size_t name_max = 253;
constexpr std::string_view delimiters = ".-+,/_=";

// "%{d2r-}" without the frame.
struct macro {
    char letter = 'd';
    std::size_t parts = 0;  // of the right; 0: all
    bool reversed = false;
    std::string_view separators = ".";
};

std::optional<macro> read_macro(std::string_view inside) {
    if (inside.empty()) return std::nullopt;
    macro read{.letter = inside.front()};
    if (std::string_view("slodiphv").find(base::lower(read.letter)) == std::string_view::npos) {
        return std::nullopt;
    }
    inside.remove_prefix(1);
    const auto digits = std::min(inside.find_first_not_of("0123456789"), inside.size());
    if (digits > 0) {
        const auto parts = base::parse_number<std::size_t>(inside.substr(0, digits));
        if (!parts || *parts == 0) return std::nullopt;
        read.parts = *parts;
        inside.remove_prefix(digits);
    }
    if (!inside.empty() && base::lower(inside.front()) == 'r') {
        read.reversed = true;
        inside.remove_prefix(1);
    }
    if (inside.find_first_not_of(delimiters) != std::string_view::npos) return std::nullopt;
    if (!inside.empty()) read.separators = inside;
    return read;
}

// Calls `literal` with each text and `variable` with each macro. False if a macro is wrong.
template <class Literal, class Variable>
bool walk(std::string_view text, const Literal& literal, const Variable& variable) {
    while (!text.empty()) {
        const auto percent = std::min(text.find('%'), text.size());
        if (percent > 0) literal(text.substr(0, percent));
        text.remove_prefix(percent);
        if (text.empty()) return true;
        if (text.size() < 2) return false;
        const char next = text[1];
        if (next == '{') {
            const auto end = text.find('}');
            const auto read =
                end == std::string_view::npos ? std::nullopt : read_macro(text.substr(2, end - 2));
            if (!read) return false;
            variable(*read);
            text.remove_prefix(end + 1);
            continue;
        }
        if (next != '%' && next != '_' && next != '-') return false;
        literal(next == '%' ? "%" : next == '_' ? " " : "%20");
        text.remove_prefix(2);
    }
    return true;
}

std::string dotted(const boost::asio::ip::address& address) {
    if (address.is_v4()) return address.to_string();
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (const auto each : address.to_v6().to_bytes()) {
        for (const auto digit : {each >> 4, each & 0xf}) {
            if (!text.empty()) text += '.';
            text += digits[static_cast<std::size_t>(digit)];
        }
    }
    return text;
}

std::string value_of(char letter, const macro_values& values) {
    const auto at = values.sender.rfind('@');
    switch (base::lower(letter)) {
        case 's':
            return values.sender;
        case 'l':
            return values.sender.substr(0, at);
        case 'o':
            return values.sender.substr(at + 1);  // without "@" all of it
        case 'd':
            return values.domain;
        case 'i':
            return dotted(values.client);
        case 'v':
            return values.client.is_v4() ? "in-addr" : "ip6";
        case 'h':
            return values.hello;
        default:
            return "unknown";
    }
}

std::string transformed(const macro& macro, const std::string& value) {
    std::vector<std::string> parts(1);
    for (const char c : value) {
        if (macro.separators.find(c) == std::string_view::npos) {
            parts.back() += c;
        } else {
            parts.emplace_back();
        }
    }
    if (macro.reversed) std::ranges::reverse(parts);
    const auto count = macro.parts == 0 ? parts.size() : std::min(macro.parts, parts.size());
    std::string text;
    for (auto each = parts.size() - count; each < parts.size(); ++each)
        text += (text.empty() && each == parts.size() - count ? "" : ".") + parts[each];
    return text;
}

// A capital letter asks for URL escapes (section 7.3).
std::string escaped(const std::string& text) {
    std::string escaped;
    for (const char c : text) {
        if (base::is_alphanumeric(c) ||
            std::string_view("-._~").find(c) != std::string_view::npos) {
            escaped += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        escaped += '%';
        escaped += base::capital_hex_digits[byte >> 4];
        escaped += base::capital_hex_digits[byte & 0xf];
    }
    return escaped;
}

}  // namespace

bool is_macro_string(std::string_view text) noexcept {
    const bool visible = std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7f; });
    return visible && walk(text, [](std::string_view) {}, [](const macro&) {});
}

bool is_domain_spec(std::string_view text) noexcept {
    if (text.empty() || !is_macro_string(text)) return false;
    if (text.back() == '}') return true;
    if (text.back() == '.') text.remove_suffix(1);
    const auto dot = text.rfind('.');
    // A domain has two labels, and the last one is no number.
    if (dot == std::string_view::npos) return false;
    const auto last = text.substr(dot + 1);
    const bool written =
        std::ranges::all_of(last, [](char c) { return base::is_alphanumeric(c) || c == '-'; });
    return !last.empty() && written && last.front() != '-' && last.back() != '-' &&
           last.find_first_not_of("0123456789") != std::string_view::npos;
}

std::string expand(std::string_view spec, const macro_values& values) {
    std::string name;
    walk(
        spec,
        [&](std::string_view text) { name += text; },
        [&](const macro& each) {
            const auto text = transformed(each, value_of(each.letter, values));
            name += base::is_letter(each.letter) && each.letter == base::upper(each.letter)
                        ? escaped(text)
                        : text;
        }
    );
    if (name.ends_with('.')) name.pop_back();
    while (name.size() > name_max) {
        const auto dot = name.find('.');
        if (dot == std::string::npos) return name;
        name.erase(0, dot + 1);
    }
    return name;
}

}  // namespace kurir::spf
