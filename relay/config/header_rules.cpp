#include "relay/config/header_rules.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "relay/base/text.hpp"
#include "relay/config/rule_list.hpp"
#include "relay/config/words.hpp"

namespace kurir::config {
namespace {

using wrong = std::optional<std::string>;  // the end of a sentence
using action = header_rule::kind;

constexpr std::size_t field_name_max = 76;

constexpr std::array<std::string_view, 4> actions = {"add", "set", "prepend", "remove"};
constexpr std::array<std::string_view, 6> placeholders = {
    "", "queue_id", "user", "sender", "sender_domain", "recipient"
};

struct guarded_field {
    std::string_view name;
    bool may_be_removed;
    const char* advice;
};
constexpr guarded_field guarded_fields[] = {
    {"received", false, "by which loops are found"},
    {"return-path", true, "which the last server writes"},
    {"dkim-signature", true, "which a signer writes"},
    {"from", false, "which KURIR_FORCE_FROM and KURIR_SENDER_MAP change"},
    {"sender", true, "which KURIR_FORCE_FROM and KURIR_SENDER_MAP change"},
    {"date", false, "without which mail is refused"},
    {"message-id", false, "without which mail is refused"},
    {"bcc", true, "which would show who gets blind copies; use KURIR_ALWAYS_BCC"},
    {"resent-bcc", true, "which would show who gets blind copies; use KURIR_ALWAYS_BCC"},
    {"mime-version", false, "which belongs to the body"},
    {"content-type", false, "which belongs to the body"},
    {"content-transfer-encoding", false, "which belongs to the body"},
};

bool is_name_character(char c) noexcept {
    return c > ' ' && c < '\x7f' && c != ':';
}

wrong check_name(std::string_view name, action action) {
    const bool is_pattern = action == action::remove && name.ends_with('*') && name.size() > 1;
    const auto plain = name.substr(0, name.size() - (is_pattern ? 1 : 0));
    const bool is_name = !plain.empty() && plain.size() <= field_name_max &&
                         std::ranges::all_of(plain, is_name_character) &&
                         plain.find('*') == std::string_view::npos;
    if (!is_name) return "has " + in_quotes(name) + ", which is no name of a header field";
    const auto lowered = base::lowered(plain);
    for (const auto& field : guarded_fields) {
        const bool meant = is_pattern ? field.name.starts_with(lowered) : field.name == lowered;
        if (!meant || (action == action::remove && field.may_be_removed)) continue;
        return "has " + in_quotes(name) + ", " + field.advice;
    }
    return std::nullopt;
}

// Takes what stands between braces from the front of `text`.
wrong take_placeholder(std::string_view& text, std::vector<value_part>& value) {
    const auto end = text.find('}');
    const auto word = text.substr(1, std::min(end, text.size()) - 1);
    const auto* const known = std::ranges::find(placeholders, word);
    if (end == std::string_view::npos || word.empty() || known == placeholders.end()) {
        return "has " + in_quotes('{' + std::string(word)) +
               "; known are {queue_id}, {user}, {sender}, {sender_domain} and {recipient}, and {{ "
               "is a brace";
    }
    value.push_back({.stands_for = static_cast<placeholder>(known - placeholders.begin())});
    text.remove_prefix(end + 1);
    return std::nullopt;
}

wrong read_value(std::string_view text, std::vector<value_part>& value) {
    if (text.empty()) return "has no value after the colon";
    if (text.size() > header_rules::value_max) return "has a value of more than 4096 characters";
    if (!std::ranges::all_of(text, [](char c) { return c == '\t' || (c >= ' ' && c <= '~'); })) {
        return "has a value that is not ASCII; write it as encoded words (RFC 2047)";
    }
    while (!text.empty()) {
        const auto brace = std::min(text.find('{'), text.size());
        const bool is_double = text.substr(brace).starts_with("{{");
        if (is_double || brace > 0) {
            value.push_back({.text = std::string(text.substr(0, brace + (is_double ? 1 : 0)))});
            text.remove_prefix(brace + (is_double ? 2 : 0));
        } else if (auto mistake = take_placeholder(text, value)) {
            return mistake;
        }
    }
    return std::nullopt;
}

wrong read_rule(std::string_view text, header_rule& rule) {
    if (auto mistake = take_submission_conditions(text, rule)) return mistake;
    const auto word = text.substr(0, text.find_first_of(" \t"));
    const auto* const known = std::ranges::find(actions, base::lowered(word));
    if (known == actions.end()) {
        return "has " + in_quotes(word) + " where add, set, prepend or remove belongs";
    }
    rule.action = static_cast<action>(known - actions.begin());
    text = base::trimmed(text.substr(word.size()), base::white_space);
    const auto colon = text.find(':');
    const auto name = base::trimmed(text.substr(0, colon), base::white_space);
    if (auto mistake = check_name(name, rule.action)) return mistake;
    rule.name = name;
    const bool removes = rule.action == action::remove;
    if (colon == std::string_view::npos) {
        if (removes) return std::nullopt;
        return "has no colon after " + in_quotes(name);
    }
    const auto value = base::trimmed(text.substr(colon + 1), base::white_space);
    if (!removes) return read_value(value, rule.value);
    if (value.empty()) return std::nullopt;
    return "has a value after remove " + std::string(name) + ", which removes all fields of it";
}

}  // namespace

bool header_rule::is_about(std::string_view field_name) const noexcept {
    if (!name.ends_with('*')) {
        return field_name.size() == name.size() && base::equal_ignoring_case(field_name, name);
    }
    const std::string_view begin(name.data(), name.size() - 1);
    return base::starts_ignoring_case(field_name, begin);
}

bool header_rule::needs_recipient() const {
    return std::ranges::any_of(value, [](const value_part& part) {
        return part.stands_for == placeholder::recipient;
    });
}

std::string header_rule::text() const {
    auto all = conditions::text();
    all.append(actions.at(static_cast<std::size_t>(action))).append(" ").append(name);
    if (action == kind::remove) return all;
    // A blank before # would begin a comment.
    const bool is_like_comment = !value.empty() && value.front().text.starts_with('#');
    all += is_like_comment ? ":" : ": ";
    for (const auto& part : value) {
        if (part.stands_for != placeholder::none) {
            all.append("{")
                .append(placeholders.at(static_cast<std::size_t>(part.stands_for)))
                .append("}");
        }
        for (const char c : part.text)
            all.append(c == '{' ? 2 : 1, c);
    }
    return all;
}

std::optional<std::string> header_rules::read(std::string_view text, header_rules& value) {
    value.rules_.clear();
    return read_table(text, [&](std::string_view content) -> wrong {
        if (value.rules_.size() == rules_max) return "has more than 1000 rules";
        header_rule rule;
        if (auto mistake = read_rule(content, rule)) return mistake;
        value.rules_.push_back(std::move(rule));
        return std::nullopt;
    });
}

std::string header_rules::text() const {
    return rule_list_text(rules_);
}

}  // namespace kurir::config
