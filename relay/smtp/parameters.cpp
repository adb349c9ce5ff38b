#include "relay/smtp/parameters.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "relay/base/text.hpp"
#include "relay/base/utf8.hpp"

namespace kurir::smtp {

namespace {

constexpr bool is_hex(char c) noexcept {
    return base::is_digit(c) || (c >= 'A' && c <= 'F');
}

// NEVER alone, or a list of the others.
bool is_notify(std::string_view text) noexcept {
    if (base::equal_ignoring_case(text, "NEVER")) return true;
    for (;;) {
        const auto comma = text.find(',');
        const auto word = text.substr(0, comma);
        const bool known = base::equal_ignoring_case(word, "SUCCESS") ||
                           base::equal_ignoring_case(word, "FAILURE") ||
                           base::equal_ignoring_case(word, "DELAY");
        if (!known) return false;
        if (comma == std::string_view::npos) return true;
        text.remove_prefix(comma + 1);
    }
}

parameter_check result_of(bool good) noexcept {
    return good ? parameter_check::ignored : parameter_check::bad_value;
}

using value = std::optional<std::string_view>;

// `Meaning`: the member for the value.
template <class... Meaning>
struct parameter_row {
    std::string_view keyword;
    bool offered;
    parameter_check (*take)(value given, Meaning&... meaning);
};

parameter_check take_size(value given, server_transaction& transaction) {
    const auto size = parse_size(given.value_or(""));
    transaction.declared_size = size.value_or(0);
    return size ? parameter_check::taken : parameter_check::bad_value;
}

parameter_check take_body(value given, server_transaction&) {
    const auto body = given.value_or("");
    if (base::equal_ignoring_case(body, "BINARYMIME")) return parameter_check::binary;
    const bool known =
        base::equal_ignoring_case(body, "7BIT") || base::equal_ignoring_case(body, "8BITMIME");
    return known ? parameter_check::taken : parameter_check::bad_value;
}

parameter_check take_smtputf8(value given, server_transaction& transaction) {
    transaction.smtputf8 = true;
    return given ? parameter_check::bad_value : parameter_check::taken;
}

parameter_check check_ret(value given, server_transaction&) {
    const auto part = given.value_or("");
    return result_of(
        base::equal_ignoring_case(part, "FULL") || base::equal_ignoring_case(part, "HDRS")
    );
}

parameter_check check_xtext(value given, server_transaction&) {
    return result_of(is_xtext(given.value_or("")));
}

// RFC 4954 section 5. A mailbox has no control characters, however they are written.
parameter_check check_author(value given, server_transaction&) {
    const auto text = given.value_or("");
    bool good = is_xtext(text);
    for (auto at = text.find('+'); good && at != text.npos; at = text.find('+', at + 1))
        good = text[at + 1] >= '2' && text.substr(at + 1, 2) != "7F";
    return result_of(good);
}

parameter_check check_notify(value given) {
    return result_of(is_notify(given.value_or("")));
}

parameter_check check_original_recipient(value given) {
    return result_of(is_original_recipient(given.value_or("")));
}

constexpr auto mail_rows = std::to_array<parameter_row<server_transaction>>({
    {"SIZE", true, take_size},
    {"BODY", true, take_body},
    {"SMTPUTF8", true, take_smtputf8},
    {"RET", false, check_ret},
    {"ENVID", false, check_xtext},
    {"AUTH", false, check_author},
});

constexpr auto rcpt_rows = std::to_array<parameter_row<>>({
    {"NOTIFY", false, check_notify},
    {"ORCPT", false, check_original_recipient},
});

template <class Rows, class... Meaning>
parameter_check take(const Rows& rows, const parameter& given, grammar rules, Meaning&... meaning) {
    for (const auto& row : rows) {
        if (!base::equal_ignoring_case(given.keyword, row.keyword)) continue;
        if (!row.offered && rules == grammar::strict) break;
        return row.take(given.value, meaning...);
    }
    return parameter_check::unknown;
}

}  // namespace

bool is_xtext(std::string_view text) noexcept {
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] < 0x21 || text[at] > 0x7e) return false;
        if (text[at] != '+') continue;
        if (text.size() - at < 3 || !is_hex(text[at + 1]) || !is_hex(text[at + 2])) return false;
        at += 2;
    }
    return !text.empty();
}

bool is_original_recipient(std::string_view text) noexcept {
    const bool is_one_word = std::ranges::all_of(text, [](char c) {
        return static_cast<unsigned char>(c) > ' ' && c != '\x7f';
    });
    const auto type = text.find(';');
    if (!is_one_word || type == std::string_view::npos || type == 0) return false;
    const auto address = text.substr(type + 1);
    return is_xtext(address) || (base::has_high(address) && base::is_utf8(address));
}

parameter_check take_mail_parameter(
    const parameter& given, grammar rules, server_transaction& transaction
) {
    return take(mail_rows, given, rules, transaction);
}

parameter_check take_rcpt_parameter(const parameter& given, grammar rules) {
    return take(rcpt_rows, given, rules);
}

}  // namespace kurir::smtp
