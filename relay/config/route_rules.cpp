#include "relay/config/route_rules.hpp"

#include <algorithm>
#include <utility>

#include "relay/base/text.hpp"
#include "relay/config/addresses.hpp"
#include "relay/config/mail_patterns.hpp"
#include "relay/config/table.hpp"
#include "relay/config/words.hpp"

namespace kurir::config {
namespace {

using wrong = std::optional<std::string>;  // the end of a sentence
using values = std::vector<std::string>;

constexpr std::string_view arrow = "->";
constexpr std::size_t name_max = 255;  // as long as the queue can keep
constexpr std::string_view null_sender = "<>";

// Words are told in double quotes: single ones mark what may be a password (secrets.hpp).
std::string quoted(std::string_view word) {
    return '"' + std::string(word) + '"';
}

bool is_printable(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

// --- matching

bool word_matches(std::string_view pattern, std::string_view word) {
    return !word.empty() && (pattern == "*" || pattern == word);
}

template <class Matches>
bool any_matches(const values& patterns, std::string_view value, Matches matches) {
    return patterns.empty() || std::ranges::any_of(patterns, [&](const std::string& pattern) {
               return matches(pattern, value);
           });
}

// Whether all conditions hold but those on the tag.
bool matches_envelope(const route_rule& rule, const route_query& query) {
    return any_matches(rule.recipients, base::lowered(query.domain), domain_matches) &&
           any_matches(rule.senders, base::lowered(query.sender), sender_matches) &&
           any_matches(rule.users, query.credential, word_matches);
}

// --- reading

wrong check_recipients(std::string_view value) {
    if (is_name_pattern(value)) return std::nullopt;
    return "has " + quoted(value) +
           " where the domain of recipients belongs, such as example.com or *.example.com";
}

wrong check_sender(std::string_view value) {
    if (value == "*" || value == null_sender || is_mail_address(value)) return std::nullopt;
    if (value.starts_with('@') && is_host_name(value.substr(1))) return std::nullopt;
    if (value.starts_with("*.") && is_name_pattern(value)) return std::nullopt;
    return "has " + quoted(value) +
           " where senders belong: @example.com, *.example.com, an address, or <> for bounces";
}

wrong check_word(std::string_view value) {
    if (value.size() <= name_max && is_printable(value)) return std::nullopt;
    return "has a name that is too long, or not ASCII";
}

struct condition {
    std::string_view key;
    values route_rule::* place;
    wrong (*check)(std::string_view value);
    bool any_case = true;
};

constexpr condition conditions[] = {
    {"to", &route_rule::recipients, check_recipients},
    {"from", &route_rule::senders, check_sender},
    {"user", &route_rule::users, check_word, false},
    {"tag", &route_rule::tags, check_word},
};

wrong read_condition(std::string_view word, route_rule& rule) {
    if (word.find('"') != std::string_view::npos) return "has quotes in a condition";
    const auto equals = word.find('=');
    const auto key = base::lowered(word.substr(0, equals));
    const auto known = std::ranges::find(conditions, key, &condition::key);
    if (equals == std::string_view::npos || known == std::end(conditions)) {
        return "has " + quoted(word) + " where a condition belongs: to=, from=, user= or tag=";
    }
    auto& place = rule.*known->place;
    if (!place.empty()) return "has " + key + "= twice; separate values by commas";
    for (auto rest = word.substr(equals + 1);;) {
        const auto comma = rest.find(',');
        const auto value = rest.substr(0, comma);
        if (value.empty()) return "has no value, or an empty one, after " + key + "=";
        if (auto mistake = known->check(value)) return mistake;
        place.push_back(known->any_case ? base::lowered(value) : std::string(value));
        if (comma == std::string_view::npos) return std::nullopt;
        rest.remove_prefix(comma + 1);
    }
}

wrong read_reject(std::string_view text, route_target& target) {
    constexpr const char* advice =
        "has no reply after reject, which must be in quotes and begin with 5, such as "
        "reject \"550 5.1.6 moved\"";
    if (text.size() < 2 || !text.starts_with('"') || !text.ends_with('"')) return advice;
    const auto reply = text.substr(1, text.size() - 2);
    const bool is_reply = reply.size() > 4 && reply[0] == '5' && reply[1] <= '5' &&
                          base::is_digit(reply[1]) && base::is_digit(reply[2]) && reply[3] == ' ' &&
                          !base::trimmed(reply.substr(4), base::white_space).empty();
    if (!is_reply || !is_printable(reply) || reply.find('"') != std::string_view::npos) {
        return advice;
    }
    target = {
        .action = route_target::kind::reject,
        .name = "reject \"" + std::string(reply) + '"',
        .reply = std::string(reply),
    };
    return std::nullopt;
}

bool is_relayhost_name(std::string_view word) {
    return !word.empty() && !base::is_digit(word.front()) && std::ranges::all_of(word, [](char c) {
        return base::is_alphanumeric(c) && base::lower(c) == c;
    });
}

wrong read_tls(std::string_view value, route_target& target) {
    target.tls = tls_policy_of(value);
    if (target.tls) return std::nullopt;
    return "has " + quoted(value) + " after tls=, where off, may, encrypt or verify belongs";
}

wrong read_source(std::string_view value, route_target& target) {
    if (!target.relayhost.empty()) {
        return "has source= after " + quoted(std::string_view(target.relayhost)) +
               "; a named relayhost has KURIR_RELAYHOST_<NAME>_SOURCE";
    }
    if (auto mistake = read_source_addresses(value, target.sources)) {
        return "has a source that " + *mistake;
    }
    if (target.sources.empty()) return "has no address after source=";
    return std::nullopt;
}

// What may follow a ? in a route, and how it is written.
struct parameter {
    std::string_view key;
    wrong (*read)(std::string_view value, route_target& target);
    std::string (*show)(const route_target& target);  // empty: it was not given
};

constexpr parameter parameters[] = {
    {"tls",
     read_tls,
     [](const route_target& target) {
         return target.tls ? std::string(text_of(*target.tls)) : std::string();
     }},
    {"source",
     read_source,
     [](const route_target& target) { return source_addresses_text(target.sources); }},
};

// `text`: key=value&key=value.
wrong read_parameters(std::string_view text, route_target& target) {
    for (;;) {
        const auto end = text.find('&');
        const auto word = text.substr(0, end);
        const auto equals = word.find('=');
        const auto key = base::lowered(word.substr(0, equals));
        const auto* const known = std::ranges::find(parameters, key, &parameter::key);
        if (known == std::end(parameters)) {
            return "has " + quoted(word) + " after a ?, where tls= or source= belongs";
        }
        if (!known->show(target).empty()) return "has " + key + "= twice after a ?";
        if (auto mistake = known->read(word.substr(std::min(equals, word.size() - 1) + 1), target))
            return mistake;
        if (end == std::string_view::npos) return std::nullopt;
        text.remove_prefix(end + 1);
    }
}

// In one order, so that one route has one name.
std::string parameters_text(const route_target& target) {
    std::string all;
    for (const auto& each : parameters) {
        const auto value = each.show(target);
        if (value.empty()) continue;
        all.append(all.empty() ? "?" : "&").append(each.key).append("=").append(value);
    }
    return all;
}

// A route that mail can take: to MX hosts or to a relayhost. `text` has no parameters.
wrong read_way(std::string_view text, route_target& target) {
    using kind = route_target::kind;
    const auto word = base::lowered(text);
    if (word == "mx") {
        target.action = kind::mx;
        target.name = word;
        return std::nullopt;
    }
    target.action = kind::relayhost;
    if (is_relayhost_name(word)) {
        target.name = target.relayhost = word;
        return std::nullopt;
    }
    if (auto mistake = read_relayhosts(text, target.servers)) {
        return "has a route that " + *mistake;
    }
    target.name = relayhosts_text(target.servers);
    return std::nullopt;
}

wrong read_target(std::string_view text, route_target& target) {
    using kind = route_target::kind;
    constexpr std::string_view reject = "reject";
    const auto word = base::lowered(text);
    if (word.starts_with(reject) && (word.size() == reject.size() || word[reject.size()] == ' ' ||
                                     word[reject.size()] == '"')) {
        return read_reject(base::trimmed(text.substr(reject.size()), base::white_space), target);
    }
    if (word.empty())
        return "has nothing after ->: a relayhost, mx, reject or discard belongs there";
    const auto mark = text.find('?');
    const auto way = base::lowered(text.substr(0, mark));
    if (way == "discard" || way == default_route) {
        if (mark != std::string_view::npos)
            return "has parameters after " + way + ", which takes none";
        const auto action = way == default_route ? kind::standard : kind::discard;
        target = {.action = action, .name = way};
        return std::nullopt;
    }
    if (auto mistake = read_way(text.substr(0, mark), target)) return mistake;
    if (mark == std::string_view::npos) return std::nullopt;
    if (auto mistake = read_parameters(text.substr(mark + 1), target)) return mistake;
    target.name += parameters_text(target);
    return std::nullopt;
}

wrong read_rule(std::string_view text, route_rule& rule) {
    const auto at = text.find(arrow);
    if (at == std::string_view::npos) {
        return "has no ->; write condition -> route, such as to=example.com -> smtp://hub.example";
    }
    auto rest = text.substr(0, at);
    for (;;) {
        rest = base::trimmed(rest, base::white_space);
        if (rest.empty()) break;
        const auto word = rest.substr(0, rest.find_first_of(" \t"));
        if (auto mistake = read_condition(word, rule)) return mistake;
        rest.remove_prefix(word.size());
    }
    if (auto mistake = read_target(
            base::trimmed(text.substr(at + arrow.size()), base::white_space), rule.target
        )) {
        return mistake;
    }
    if (rule.target.name.size() > name_max) {
        return "has a route of more than 255 characters; give it a name by KURIR_RELAYHOST_<NAME>";
    }
    return std::nullopt;
}

// The rule at the front of a line, which ends with a `;` that is not in quotes.
std::string_view take_rule(std::string_view& line) {
    bool in_quotes = false;
    std::size_t end = 0;
    while (end < line.size() && (in_quotes || line[end] != ';')) {
        if (line[end] == '"') in_quotes = !in_quotes;
        ++end;
    }
    const auto rule = line.substr(0, end);
    line.remove_prefix(std::min(end + 1, line.size()));
    return base::trimmed(rule, base::white_space);
}

}  // namespace

bool route_rule::matches(const route_query& query) const {
    return matches_envelope(*this, query) &&
           any_matches(tags, base::lowered(query.tag), word_matches);
}

std::string route_rule::text() const {
    std::string all;
    for (const auto& [key, place, check, any_case] : conditions) {
        const auto& given = this->*place;
        for (std::size_t at = 0; at < given.size(); ++at) {
            if (at == 0) all.append(key).append("=");
            all.append(given[at]).append(at + 1 < given.size() ? "," : " ");
        }
    }
    return all.append(arrow).append(" ").append(target.name);
}

std::optional<std::string> route_rules::read(std::string_view text, route_rules& value) {
    value.rules_ = {};
    return read_table(text, [&](std::string_view content, std::size_t number) -> wrong {
        while (!content.empty()) {
            const auto rule_text = take_rule(content);
            if (rule_text.empty()) continue;
            route_rule rule{.line = number, .target = {}};
            if (auto mistake = read_rule(rule_text, rule)) return mistake;
            value.rules_.push_back(std::move(rule));
        }
        return std::nullopt;
    });
}

const route_rule* route_rules::find(const route_query& query) const {
    const auto found =
        std::ranges::find_if(rules_, [&](const route_rule& rule) { return rule.matches(query); });
    return found == rules_.end() ? nullptr : &*found;
}

const route_rule* route_rules::refusal(const route_query& query) const {
    const auto found = std::ranges::find_if(rules_, [&](const route_rule& rule) {
        return matches_envelope(rule, query);
    });
    if (found == rules_.end() || !found->tags.empty()) return nullptr;
    return found->target.action == route_target::kind::reject ? &*found : nullptr;
}

std::string route_rules::text() const {
    std::string all;
    for (const auto& rule : rules_) {
        if (!all.empty()) all += "; ";
        all += rule.text();
    }
    return all;
}

}  // namespace kurir::config
