#include <algorithm>

#include "relay/base/text.hpp"
#include "relay/mime/ascii_field.hpp"
#include "relay/mime/ascii_words.hpp"
#include "relay/mime/encoded_words.hpp"
#include "relay/mime/field_parts.hpp"

namespace kurir::mime {

namespace {

constexpr std::size_t segment_max = 60;

std::string percent(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return {'%', base::capital_hex_digits[byte >> 4], base::capital_hex_digits[byte & 0xf]};
}

bool is_plain_in_parameter(char c) {
    return base::is_alphanumeric(c) ||
           std::string_view("!#$&+-.^_`{|}~").find(c) != std::string_view::npos;
}

// RFC 2231 sections 3 and 4: `name` has no asterisk.
void write_extended(
    folded_field& field, const std::string& name, std::string_view value, std::string_view declared
) {
    const auto charset = charset_of(value, declared) + "''";
    std::vector<std::string> segments{charset};
    for (const char c : value) {
        const auto coded = is_plain_in_parameter(c) ? std::string(1, c) : percent(c);
        if (segments.back().size() + coded.size() > segment_max) segments.emplace_back();
        segments.back() += coded;
    }
    if (segments.size() == 1) return field.word(" ", name + "*=" + segments[0]);
    for (std::size_t i = 0; i < segments.size(); ++i) {
        const auto end = i + 1 < segments.size() ? ";" : "";
        field.word(" ", name + '*' + std::to_string(i) + "*=" + segments[i] + end);
    }
}

// One that is in an extended form already, with bytes that should have been coded.
std::string recoded(std::string_view value) {
    std::string coded;
    for (const char c : value)
        coded += is_unfit({&c, 1}) ? percent(c) : std::string(1, c);
    return coded;
}

void write_parameter(
    folded_field& field, std::string_view text, std::string_view blank, std::string_view declared
) {
    const auto equals = text.find('=');
    if (!is_unfit(text) || equals == text.npos) return field.word(blank, scrubbed(text));
    const auto name = scrubbed(base::trimmed(text.substr(0, equals)));
    const auto value = base::trimmed(text.substr(equals + 1));
    if (base::equal_ignoring_case(name, "boundary")) {
        return field.word(" ", name + "=\"" + ascii_boundary(unquoted(value)) + '"');
    }
    if (name.find('*') != name.npos) return field.word(" ", name + '=' + recoded(value));
    write_extended(field, name, unquoted(value), declared);
}

}  // namespace

void write_parameters(folded_field& field, std::string_view value, std::string_view declared) {
    const auto all = parts_of(value, ";");
    std::size_t i = 0;
    for (bool first = true; i < all.size(); ++i, first = false) {
        std::string text;
        const std::string blank = all[i].blank;
        bool comment_only = true;
        for (; i < all.size() && all[i].kind != part_kind::special; ++i) {
            const bool comment = all[i].kind == part_kind::comment;
            if (comment && is_unfit(all[i].text)) continue;  // says nothing to a program
            if (!text.empty()) text += all[i].blank;
            text += all[i].text;
            comment_only = false;
        }
        if (first) {
            field.word(blank, scrubbed(text));
        } else if (!comment_only) {
            write_parameter(field, text, blank, declared);
        }
        if (i < all.size()) field.word("", ";");
    }
}

}  // namespace kurir::mime
