#include "relay/config/conditions.hpp"

#include <algorithm>
#include <utility>

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

template <values conditions::* place, wrong (*check)(std::string_view), bool any_case = true>
wrong add_word(std::string_view value, conditions& all) {
    if (auto mistake = check(value)) return mistake;
    (all.*place).push_back(any_case ? base::lowered(value) : std::string(value));
    return std::nullopt;
}

template <values conditions::* place>
values words_in(const conditions& all) {
    return all.*place;
}

wrong add_client(std::string_view value, conditions& all) {
    network_set found;
    if (network_set::parse(value, found) || found.empty()) {
        return "has " + in_quotes(value) +
               " where the network of clients belongs: an address, one without host bits such as "
               "10.0.0.0/8, or a word such as private";
    }
    auto networks = all.clients.networks();
    networks.insert(networks.end(), found.networks().begin(), found.networks().end());
    all.clients = network_set(std::move(networks));
    return std::nullopt;
}

values clients_in(const conditions& all) {
    values texts;
    for (const auto& each : all.clients.networks())
        texts.push_back(each.text());
    return texts;
}

struct condition {
    std::string_view key;
    wrong (*add)(std::string_view value, conditions& all);
    values (*texts)(const conditions& all);
    bool of_routes = true;
    bool of_submissions = false;
};

constexpr condition known_conditions[] = {
    {"to", add_word<&conditions::recipients, check_recipients>, words_in<&conditions::recipients>},
    {"from",
     add_word<&conditions::senders, check_sender_pattern>,
     words_in<&conditions::senders>,
     true,
     true},
    {"user",
     add_word<&conditions::users, check_word, false>,
     words_in<&conditions::users>,
     true,
     true},
    {"client", add_client, clients_in, false, true},
    {"tag", add_word<&conditions::tags, check_word>, words_in<&conditions::tags>},
};

const condition* condition_named(std::string_view key) {
    const auto* const known = std::ranges::find(
        known_conditions, base::lowered(key), [](auto& each) { return each.key; }
    );
    return known == std::end(known_conditions) ? nullptr : known;
}

const condition* condition_of(std::string_view word) {
    const auto equals = word.find('=');
    return equals == std::string_view::npos ? nullptr : condition_named(word.substr(0, equals));
}

wrong read_values(std::string_view word, const condition& known, conditions& value) {
    if (word.find('"') != std::string_view::npos) return "has quotes in a condition";
    const std::string key(known.key);
    if (!known.texts(value).empty()) return "has " + key + "= twice; separate values by commas";
    for (auto rest = word.substr(key.size() + 1);;) {
        const auto comma = rest.find(',');
        const auto each = rest.substr(0, comma);
        if (each.empty()) return "has no value, or an empty one, after " + key + "=";
        if (auto mistake = known.add(each, value)) return mistake;
        if (comma == std::string_view::npos) return std::nullopt;
        rest.remove_prefix(comma + 1);
    }
}

}  // namespace

bool conditions::matches_envelope(const mail_query& query) const {
    return any_matches(recipients, base::lowered(query.domain), domain_matches) &&
           any_matches(senders, base::lowered(query.sender), sender_matches) &&
           any_matches(users, query.credential, word_matches) &&
           (clients.empty() || (query.client && clients.contains(*query.client)));
}

bool conditions::matches(const mail_query& query) const {
    return matches_envelope(query) && any_matches(tags, base::lowered(query.tag), word_matches);
}

std::string conditions::text() const {
    std::string all;
    for (const auto& known : known_conditions) {
        const auto given = known.texts(*this);
        for (std::size_t at = 0; at < given.size(); ++at) {
            if (at == 0) all.append(known.key).append("=");
            all.append(given[at]).append(at + 1 < given.size() ? "," : " ");
        }
    }
    return all;
}

bool is_condition(std::string_view word) {
    return condition_of(word) != nullptr;
}

wrong read_condition(std::string_view word, conditions& value) {
    const auto* const known = condition_of(word);
    if (known == nullptr) {
        return "has " + in_quotes(word) + " where a condition belongs: to=, from=, user= or tag=";
    }
    if (!known->of_routes) {
        return "has " + in_quotes(word) +
               ", which routes don't know; route= of KURIR_PERMISSIONS is for networks of clients";
    }
    return read_values(word, *known, value);
}

wrong take_submission_conditions(std::string_view& text, conditions& value) {
    for (;;) {
        text = base::trimmed(text, base::white_space);
        const auto word = text.substr(0, text.find_first_of(" \t"));
        const auto* const known = condition_of(word);
        if (known == nullptr) return std::nullopt;
        if (!known->of_submissions) {
            return "has " + in_quotes(word) +
                   ", but only from=, user= and client= are known of a message whose header is "
                   "changed";
        }
        if (auto mistake = read_values(word, *known, value)) return mistake;
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
