#include "relay/smtp/command.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <utility>

#include "relay/base/text.hpp"
#include "relay/smtp/liberal_path.hpp"

namespace kurir::smtp {

namespace {

constexpr std::size_t size_digits_max = 20;  // RFC 1870 section 6.1

// Takes the characters up to the next white space from the front of `text`.
std::string_view take_word(std::string_view& text) noexcept {
    const auto* end = std::find_if(text.begin(), text.end(), base::is_blank);
    const auto word = text.substr(0, static_cast<std::size_t>(end - text.begin()));
    text.remove_prefix(word.size());
    return word;
}

// The first letter excludes most rows.
verb verb_of(std::string_view word) noexcept {
    if (word.empty()) return verb::unknown;
    const char first = base::lower(word.front());
    for (const auto& row : verb_rows) {
        if (row.word.size() != word.size() || base::lower(row.word.front()) != first) continue;
        if (base::equal_ignoring_case(word, row.word)) return row.name;
    }
    return verb::unknown;
}

// esmtp-keyword of RFC 5321 4.1.2.
bool is_keyword(std::string_view text) noexcept {
    if (text.empty() || text.front() == '-') return false;
    return std::all_of(text.begin(), text.end(), [](char c) {
        return base::is_alphanumeric(c) || c == '-';
    });
}

// esmtp-value: printable, no "=" and no white space; UTF-8 by RFC 6531 section 3.3.
bool is_value(std::string_view text) noexcept {
    if (text.empty()) return false;
    return std::all_of(text.begin(), text.end(), [](char c) {
        return (c > 0x20 && c < 0x7f && c != '=') || base::is_high(c);
    });
}

std::optional<parameter> parse_parameter(std::string_view word) noexcept {
    parameter result;
    const std::size_t equals = word.find('=');
    result.keyword = word.substr(0, equals);
    if (!is_keyword(result.keyword)) return std::nullopt;
    if (equals == std::string_view::npos) return result;
    result.value = word.substr(equals + 1);
    if (!is_value(*result.value)) return std::nullopt;
    return result;
}

using path_parser = parsed<path> (*)(std::string_view);

parsed<path> strict_reverse_path(std::string_view text) {
    return parse_reverse_path(text, true);
}

parsed<path> strict_forward_path(std::string_view text) {
    return parse_forward_path(text, true);
}

// Takes "FROM:" or "TO:" from the front. Liberal: also with white space before the colon.
bool take_prefix(std::string_view& argument, std::string_view word, grammar rules) {
    if (!base::starts_ignoring_case(argument, word)) return false;
    auto rest = argument.substr(word.size());
    if (rules == grammar::liberal) rest = base::trimmed_front(rest);
    if (!rest.starts_with(':')) return false;
    argument = base::trimmed_front(rest.substr(1));
    return true;
}

path_argument parse_path_argument(
    std::string_view argument, std::string_view word, grammar rules, path_parser parse_path
) {
    path_argument result;
    if (!take_prefix(argument, word, rules)) {
        result.wrong = path_argument::problem::syntax;
        return result;
    }
    auto address = parse_path(argument);
    argument.remove_prefix(address.consumed);
    if (!address || (!argument.empty() && !base::is_blank(argument.front()))) {
        result.wrong = path_argument::problem::path;
        result.path_error = address ? address_error::syntax : address.error;
        return result;
    }
    result.address = std::move(*address.value);

    for (argument = base::trimmed_front(argument); !argument.empty();
         argument = base::trimmed_front(argument)) {
        const auto next = parse_parameter(take_word(argument));
        if (!next) {
            result.wrong = path_argument::problem::parameter;
            return result;
        }
        result.parameters.push_back(*next);
    }
    return result;
}

}  // namespace

command parse_command(std::string_view line) noexcept {
    command result;
    line = base::trimmed_back(line);
    result.word = take_word(line);
    result.argument = base::trimmed_front(line);
    result.name = verb_of(result.word);
    return result;
}

bool has_control(std::string_view line) noexcept {
    return std::any_of(line.begin(), line.end(), [](char c) {
        return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f;
    });
}

path_argument parse_mail_argument(std::string_view argument, grammar rules) {
    const bool liberal = rules == grammar::liberal;
    const auto parse_path = liberal ? parse_liberal_reverse_path : strict_reverse_path;
    return parse_path_argument(argument, "FROM", rules, parse_path);
}

path_argument parse_rcpt_argument(std::string_view argument, grammar rules) {
    const bool liberal = rules == grammar::liberal;
    const auto parse_path = liberal ? parse_liberal_forward_path : strict_forward_path;
    return parse_path_argument(argument, "TO", rules, parse_path);
}

std::optional<chunk_argument> parse_bdat_argument(std::string_view argument) noexcept {
    chunk_argument result;
    const char* const end = argument.data() + argument.size();
    const auto [rest, error] =
        std::from_chars(argument.data(), argument.data() + argument.size(), result.size);
    if (error != std::errc()) return std::nullopt;
    const std::string_view marker(rest, static_cast<std::size_t>(end - rest));
    if (marker.empty()) return result;
    result.last = true;
    if (!base::equal_ignoring_case(marker, " LAST")) return std::nullopt;
    return result;
}

std::optional<std::uint64_t> parse_size(std::string_view digits) noexcept {
    if (digits.empty() || digits.size() > size_digits_max) return std::nullopt;
    if (!std::all_of(digits.begin(), digits.end(), base::is_digit)) return std::nullopt;
    std::uint64_t size = 0;
    const auto [rest, error] = std::from_chars(digits.data(), digits.data() + digits.size(), size);
    if (error != std::errc()) return std::numeric_limits<std::uint64_t>::max();
    return size;
}

}  // namespace kurir::smtp
