#include "relay/config/route_rules.hpp"

#include <algorithm>
#include <utility>

#include "relay/base/text.hpp"
#include "relay/config/addresses.hpp"
#include "relay/config/table.hpp"
#include "relay/config/words.hpp"

namespace kurir::config {
namespace {

using wrong = std::optional<std::string>;  // the end of a sentence

bool is_printable(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
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
    return "has " + in_quotes(value) + " after tls=, where off, may, encrypt or verify belongs";
}

wrong read_source(std::string_view value, route_target& target) {
    if (!target.relayhost.empty()) {
        return "has source= after " + in_quotes(std::string_view(target.relayhost)) +
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

constexpr parameter route_parameters[] = {
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
        const auto* const known = std::ranges::find(route_parameters, key, &parameter::key);
        if (known == std::end(route_parameters)) {
            return "has " + in_quotes(word) + " after a ?, where tls= or source= belongs";
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
    for (const auto& each : route_parameters) {
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
    if (rule.target.name.size() > kept_name_max) {
        return "has a route of more than 255 characters; give it a name by KURIR_RELAYHOST_<NAME>";
    }
    return std::nullopt;
}

}  // namespace

std::string route_rule::text() const {
    return conditions::text().append(arrow).append(" ").append(target.name);
}

std::optional<std::string> route_rules::read(std::string_view text, route_rules& value) {
    value.rules_ = {};
    const auto read_one = [&](std::string_view rule_text, std::size_t number) -> wrong {
        route_rule rule{.line = number, .target = {}};
        if (auto mistake = read_rule(rule_text, rule)) return mistake;
        value.rules_.push_back(std::move(rule));
        return std::nullopt;
    };
    return read_table(text, take_entry, read_one);
}

const route_rule* route_rules::find(const route_query& query) const {
    const auto found =
        std::ranges::find_if(rules_, [&](const route_rule& rule) { return rule.matches(query); });
    return found == rules_.end() ? nullptr : &*found;
}

const route_rule* route_rules::refusal(const route_query& query) const {
    const auto found = std::ranges::find_if(rules_, [&](const route_rule& rule) {
        return rule.matches_envelope(query);
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
