#include "relay/config/copy_rules.hpp"

#include <algorithm>
#include <utility>

#include "relay/config/rule_list.hpp"
#include "relay/config/words.hpp"

namespace kurir::config {
namespace {

std::optional<std::string> read_copy_rule(std::string_view text, copy_rule& rule) {
    if (auto mistake = take_submission_conditions(text, rule)) return mistake;
    for (const auto word : words(text)) {
        // As an address it would get a copy of all mail.
        if (is_condition(word)) {
            return "has " + in_quotes(word) +
                   " where an address belongs; conditions come before all addresses, with blanks "
                   "around each";
        }
        if (word.starts_with('#')) {
            return "has " + in_quotes(word) +
                   " where an address belongs; before a comment is a blank";
        }
        auto address = smtp::parse_mailbox(word, true);
        if (!address) return "has " + in_quotes(word) + ", which is not a mail address";
        rule.addresses.push_back(std::move(*address.value));
    }
    if (rule.addresses.empty()) return "has no address behind its conditions";
    return std::nullopt;
}

}  // namespace

std::string copy_rule::text() const {
    auto all = conditions::text();
    for (std::size_t at = 0; at < addresses.size(); ++at)
        all.append(at == 0 ? "" : ",").append(addresses[at].text());
    return all;
}

std::optional<std::string> copy_rules::read(std::string_view text, copy_rules& value) {
    return read_rule_list(text, value.rules_, read_copy_rule);
}

std::vector<smtp::mailbox> copy_rules::find(const mail_query& query) const {
    std::vector<smtp::mailbox> all;
    for (const auto& rule : rules_) {
        if (!rule.matches(query)) continue;
        for (const auto& each : rule.addresses) {
            if (std::ranges::find(all, each) == all.end()) all.push_back(each);
        }
    }
    return all;
}

std::string copy_rules::text() const {
    return rule_list_text(rules_);
}

}  // namespace kurir::config
