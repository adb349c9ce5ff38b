#include "relay/mime/content_head.hpp"

#include <algorithm>
#include <map>
#include <vector>

#include "relay/base/text.hpp"
#include "relay/mime/encoded_words.hpp"
#include "relay/mime/field_parts.hpp"

namespace kurir::mime {

namespace {

transfer_encoding encoding_named(std::string_view value) {
    const auto parts = parts_of(value, ";");
    const auto word = std::ranges::find_if(parts, [](const auto& each) {
        return each.kind != part_kind::comment;
    });
    const auto name = word == parts.end() ? std::string() : base::lowered(unquoted(word->text));
    if (name == "7bit") return transfer_encoding::seven_bit;
    if (name == "8bit" || name == "binary") return transfer_encoding::eight_bit;
    if (name == "quoted-printable") return transfer_encoding::quoted_printable;
    if (name == "base64") return transfer_encoding::base64;
    const bool unofficial = name.starts_with("x-") || name == "uuencode" || name == "uue" ||
                            name == "yenc" || name == "mac-binhex40" || name == "binhex";
    return unofficial ? transfer_encoding::unofficial : transfer_encoding::unknown;
}

std::string percent_decoded(std::string_view text) {
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = text[i] == '%' && i + 2 < text.size()
                              ? base::parse_number<unsigned>(text.substr(i + 1, 2), 16)
                              : std::nullopt;
        plain += byte ? static_cast<char>(*byte) : text[i];
        if (byte) i += 2;
    }
    return plain;
}

// Segments of one value, as RFC 2231 divides it, by their numbers.
using segments = std::map<unsigned, std::string>;

struct boundary_parameter {
    std::string plain = {};
    segments divided = {};

    std::string value() const {
        if (!plain.empty()) return plain;
        std::string joined;
        for (const auto& [number, text] : divided)
            joined += text;
        return joined;
    }
};

void read_boundary(boundary_parameter& boundary, std::string_view name, std::string_view value) {
    name.remove_prefix(std::string_view("boundary").size());
    if (name.empty()) {
        if (boundary.plain.empty()) boundary.plain = unquoted(value);
        return;
    }
    name.remove_prefix(1);  // the asterisk
    const bool extended = name.empty() || name.ends_with('*');
    if (name.ends_with('*')) name.remove_suffix(1);
    const auto number = base::parse_number<unsigned>(name).value_or(0);
    auto text = unquoted(value);
    if (extended && number == 0) {
        const auto quote = text.find('\'', std::min(text.find('\''), text.size() - 1) + 1);
        if (quote != text.npos) text.erase(0, quote + 1);
    }
    if (extended) text = percent_decoded(text);
    if (boundary.divided.size() < 100) boundary.divided.emplace(number, std::move(text));
}

void read_type(content_head& head, std::string_view value) {
    const auto parts = parts_of(value, ";");
    boundary_parameter boundary;
    bool first = true;
    for (auto part = parts.begin(); part != parts.end(); ++part) {
        std::string text;
        for (; part != parts.end() && part->kind != part_kind::special; ++part) {
            if (part->kind != part_kind::comment) text += part->text;
        }
        const auto equals = std::min(text.find('='), text.size());
        const auto name = base::lowered(std::string_view(text).substr(0, equals));
        const auto given = std::string_view(text).substr(std::min(equals + 1, text.size()));
        if (first) {
            head.type = base::lowered(text);
        } else if (name == "boundary" || name.starts_with("boundary*")) {
            if (!given.empty()) read_boundary(boundary, name, given);
        } else if (name == "charset" && head.charset.empty()) {
            const auto charset = unquoted(given);
            if (is_charset_name(charset)) head.charset = charset;
        }
        first = false;
        if (part == parts.end()) break;
    }
    if (std::ranges::count(head.type, '/') != 1) head.type.clear();
    head.boundary = base::trimmed_back(boundary.value());
    // One that RFC 2231 encodes can't be written in ASCII in the delimiters as it is in the field.
    const bool unfit = boundary.plain.empty() && base::has_high(head.boundary);
    if (unfit || head.boundary.size() > boundary_max) head.boundary.clear();
}

}  // namespace

std::string_view field_name(std::string_view field) noexcept {
    const auto colon = field.find(':');
    if (colon == field.npos || colon == 0) return {};
    const auto name = base::trimmed_back(field.substr(0, colon));
    const bool valid = std::ranges::all_of(name, [](char c) { return c > ' ' && c < 0x7f; });
    return valid ? name : std::string_view();
}

void read_field(content_head& head, std::string_view field) {
    const auto name = field_name(field);
    if (name.size() < 12 || name.size() > 25) return;
    const auto value = [&] { return unfolded(field.substr(field.find(':') + 1)); };
    if (base::equal_ignoring_case(name, "MIME-Version")) {
        head.has_version = true;
    } else if (base::equal_ignoring_case(name, "Content-Type")) {
        if (!head.has_type) read_type(head, value());
        head.has_type = true;
    } else if (base::equal_ignoring_case(name, "Content-Transfer-Encoding")) {
        if (head.encoding == transfer_encoding::none) head.encoding = encoding_named(value());
    }
}

}  // namespace kurir::mime
