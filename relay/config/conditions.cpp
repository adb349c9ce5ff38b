#include "relay/config/conditions.hpp"

#include <algorithm>

#include "relay/base/text.hpp"
#include "relay/config/addresses.hpp"
#include "relay/config/mail_patterns.hpp"
#include "relay/config/words.hpp"

namespace kurir::config {
namespace {

using wrong = std::optional<std::string>;  // the end of a sentence
using values = std::vector<std::string>;

bool word_matches(std::string_view pattern, std::string_view word) {
    return !word.empty() && (pattern == "*" || pattern == word);
}

template <class Matches>
bool any_matches(const values& patterns, std::string_view value, Matches matches) {
    return patterns.empty() || std::ranges::any_of(patterns, [&](const std::string& pattern) {
               return matches(pattern, value);
           });
}

wrong check_recipients(std::string_view value) {
    if (is_name_pattern(value)) return std::nullopt;
    return "has " + in_quotes(value) +
           " where the domain of recipients belongs, such as example.com or *.example.com";
}

wrong check_word(std::string_view value) {
    const bool is_printable =
        std::ranges::all_of(value, [](char c) { return c >= ' ' && c <= '~'; });
    if (value.size() <= kept_name_max && is_printable) return std::nullopt;
    return "has a name that is too long, or not ASCII";
}

struct condition {
    std::string_view key;
    values conditions::* place;
    wrong (*check)(std::string_view value);
    bool any_case = true;
};

constexpr condition known_conditions[] = {
    {"to", &conditions::recipients, check_recipients},
    {"from", &conditions::senders, check_sender_pattern},
    {"user", &conditions::users, check_word, false},
    {"tag", &conditions::tags, check_word},
};

const condition* condition_named(std::string_view key) {
    const auto* const known = std::ranges::find(
        known_conditions, base::lowered(key), [](auto& each) { return each.key; }
    );
    return known == std::end(known_conditions) ? nullptr : known;
}

}  // namespace

bool conditions::matches_envelope(const mail_query& query) const {
    return any_matches(recipients, base::lowered(query.domain), domain_matches) &&
           any_matches(senders, base::lowered(query.sender), sender_matches) &&
           any_matches(users, query.credential, word_matches);
}

bool conditions::matches(const mail_query& query) const {
    return matches_envelope(query) && any_matches(tags, base::lowered(query.tag), word_matches);
}

std::string conditions::text() const {
    std::string all;
    for (const auto& [key, place, check, any_case] : known_conditions) {
        const auto& given = this->*place;
        for (std::size_t at = 0; at < given.size(); ++at) {
            if (at == 0) all.append(key).append("=");
            all.append(given[at]).append(at + 1 < given.size() ? "," : " ");
        }
    }
    return all;
}

bool is_condition(std::string_view word) {
    const auto equals = word.find('=');
    return equals != std::string_view::npos && condition_named(word.substr(0, equals)) != nullptr;
}

wrong read_condition(std::string_view word, conditions& value) {
    if (word.find('"') != std::string_view::npos) return "has quotes in a condition";
    if (!is_condition(word)) {
        return "has " + in_quotes(word) + " where a condition belongs: to=, from=, user= or tag=";
    }
    const auto equals = word.find('=');
    const auto* const known = condition_named(word.substr(0, equals));
    const std::string key(known->key);
    auto& place = value.*known->place;
    if (!place.empty()) return "has " + key + "= twice; separate values by commas";
    for (auto rest = word.substr(equals + 1);;) {
        const auto comma = rest.find(',');
        const auto each = rest.substr(0, comma);
        if (each.empty()) return "has no value, or an empty one, after " + key + "=";
        if (auto mistake = known->check(each)) return mistake;
        place.push_back(known->any_case ? base::lowered(each) : std::string(each));
        if (comma == std::string_view::npos) return std::nullopt;
        rest.remove_prefix(comma + 1);
    }
}

wrong take_submission_conditions(std::string_view& text, conditions& value) {
    for (;;) {
        text = base::trimmed(text, base::white_space);
        const auto word = text.substr(0, text.find_first_of(" \t"));
        if (!is_condition(word)) return std::nullopt;
        const auto* const known = condition_named(word.substr(0, word.find('=')));
        if (known->place != &conditions::senders && known->place != &conditions::users) {
            return "has " + in_quotes(word) +
                   ", but only from= and user= are known of a message whose header is changed";
        }
        if (auto mistake = read_condition(word, value)) return mistake;
        text.remove_prefix(word.size());
    }
}

wrong check_sender_pattern(std::string_view text) {
    if (text == "*" || text == "<>" || is_mail_address(text)) return std::nullopt;
    if (text.starts_with('@') && is_host_name(text.substr(1))) return std::nullopt;
    if (text.starts_with("*.") && is_name_pattern(text)) return std::nullopt;
    return "has " + in_quotes(text) +
           " where senders belong: @example.com, *.example.com, an address, or <> for bounces";
}

}  // namespace kurir::config
