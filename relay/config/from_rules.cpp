#include "relay/config/from_rules.hpp"

#include <algorithm>
#include <utility>

#include "relay/base/text.hpp"
#include "relay/config/rule_list.hpp"
#include "relay/config/words.hpp"

namespace kurir::config {
namespace {

using wrong = std::optional<std::string>;  // the end of a sentence

constexpr std::string_view keep = "keep";

// An atom, a blank or a dot, which names may have in practice (RFC 5322 section 4.1).
bool is_plain(char c) noexcept {
    return base::is_alphanumeric(c) ||
           std::string_view(" .!#$%&'*+-/=?^_`{|}~").find(c) != std::string_view::npos;
}

bool is_quoted(std::string_view name) noexcept {
    if (name.size() < 2 || !name.starts_with('"') || !name.ends_with('"')) return false;
    bool escaped = false;
    for (const char c : name.substr(1, name.size() - 2)) {
        if (c == '"' && !escaped) return false;
        escaped = c == '\\' && !escaped;
    }
    return !escaped;
}

wrong read_name(std::string_view name, from_rule& rule) {
    if (base::has_high(name)) {
        return "has a name that is not ASCII; write it as an encoded word (RFC 2047)";
    }
    const bool is_clear = std::ranges::all_of(name, is_plain) && !name.starts_with('#');
    const bool is_written = is_clear || is_quoted(name);
    if (!is_written && name.find_first_of("\"\\<>") != std::string_view::npos) {
        return "has " + std::string(name) + " before <, which is not a name";
    }
    rule.name = is_written ? std::string(name) : in_quotes(name);
    if (rule.name.size() <= kept_name_max) return std::nullopt;
    return "has a name of more than 255 characters, with its quotes";
}

wrong read_from_rule(std::string_view text, from_rule& rule) {
    if (auto mistake = take_submission_conditions(text, rule)) return mistake;
    if (base::lowered(text) == keep) return std::nullopt;
    auto address = text;
    if (text.ends_with('>')) {
        const auto begin = std::min(text.rfind('<'), text.size());
        if (auto mistake = read_name(base::trimmed(text.substr(0, begin)), rule)) return mistake;
        address.remove_prefix(std::min(begin + 1, text.size()));
        address.remove_suffix(1);
    }
    rule.address = smtp::parse_mailbox(address, true).value;
    if (rule.address) return std::nullopt;
    return "has " + in_quotes(text) +
           " where a sender belongs: an address, Name <address>, or keep";
}

}  // namespace

std::string from_rule::text() const {
    auto all = conditions::text();
    if (!address) return all.append(keep);
    const auto plain = address->text();
    const bool is_clear = !is_condition(plain) && !plain.starts_with('#');
    if (name.empty() && is_clear) return all + plain;
    return all + name + (name.empty() ? "<" : " <") + plain + '>';
}

std::optional<std::string> from_rules::read(std::string_view text, from_rules& value) {
    return read_rule_list(text, value.rules_, read_from_rule);
}

const from_rule* from_rules::find(const mail_query& query) const {
    const auto found =
        std::ranges::find_if(rules_, [&](const from_rule& rule) { return rule.matches(query); });
    return found == rules_.end() || !found->address ? nullptr : &*found;
}

std::string from_rules::text() const {
    return rule_list_text(rules_);
}

}  // namespace kurir::config
