#include "relay/mime/ascii_field.hpp"

#include <algorithm>
#include <array>
#include <span>

#include "relay/base/text.hpp"
#include "relay/mime/ascii_words.hpp"
#include "relay/mime/field_parts.hpp"
#include "relay/mime/survey.hpp"

namespace kurir::mime {

namespace {

using names = std::span<const std::string_view>;

constexpr std::array<std::string_view, 16> address_fields{
    "From",
    "Sender",
    "Reply-To",
    "To",
    "Cc",
    "Bcc",
    "Resent-From",
    "Resent-Sender",
    "Resent-Reply-To",
    "Resent-To",
    "Resent-Cc",
    "Resent-Bcc",
    "Disposition-Notification-To",
    "Mail-Followup-To",
    "Mail-Reply-To",
    "Errors-To",
};
constexpr std::array<std::string_view, 2> parameter_fields{"Content-Type", "Content-Disposition"};

bool is_one_of(names all, std::string_view name) {
    return std::ranges::any_of(all, [name](std::string_view each) {
        return base::equal_ignoring_case(each, name);
    });
}

}  // namespace

std::string ascii_field(std::string_view field, std::string_view declared) {
    if (!needs_encoding(field) && field.ends_with("\r\n")) return std::string(field);
    const auto text = unfolded(field);
    const auto colon = std::min(text.find(':'), text.size() - 1);
    const auto name = base::trimmed(std::string_view(text).substr(0, colon));
    const auto value = std::string_view(text).substr(colon + 1);
    folded_field written(scrubbed(std::string_view(text).substr(0, colon + 1)));
    if (is_one_of(address_fields, name)) {
        write_addresses(written, value, declared);
    } else if (is_one_of(parameter_fields, name)) {
        write_parameters(written, value, declared);
    } else {
        write_text(
            written, value.empty() || base::is_blank(value.front()) ? "" : " ", value, declared
        );
    }
    return written.finish();
}

std::string ascii_boundary(std::string_view boundary) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string ascii;
    for (const char c : boundary) {
        if (is_unfit({&c, 1}) || c == '"' || c == '\\') {
            const auto byte = static_cast<unsigned char>(c);
            ascii += {'=', digits[byte >> 4], digits[byte & 0xf]};
        } else {
            ascii += c;
        }
    }
    return ascii;
}

}  // namespace kurir::mime
