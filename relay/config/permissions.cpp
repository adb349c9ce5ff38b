#include "relay/config/permissions.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "relay/base/text.hpp"
#include "relay/config/addresses.hpp"
#include "relay/config/mail_patterns.hpp"
#include "relay/config/table.hpp"
#include "relay/config/units.hpp"
#include "relay/config/words.hpp"

namespace kurir::config {
namespace {

using wrong = std::optional<std::string>;  // the end of a sentence

constexpr std::size_t rates_max = 4;
constexpr std::string_view of_user = "user:";
constexpr std::string_view of_certificate = "cert:";

// In the order of mail_priority.
constexpr std::array<std::string_view, 3> priorities_of_permissions{"normal", "urgent", "bulk"};

// --- the values of each key: a reader of one value, and the values as they are written

bool is_domain_pattern(std::string_view text) {
    return !text.starts_with('*') && is_name_pattern(text);
}

wrong read_pattern(std::string_view value, std::vector<std::string>& patterns) {
    auto pattern = base::lowered(value);
    const bool is_domain =
        pattern.starts_with('@') ? is_domain_pattern(pattern.substr(1)) : is_name_pattern(pattern);
    if (!is_domain && !is_mail_address(pattern)) {
        return "has " + in_quotes(value) +
               " where addresses belong: @example.com, *.example.com, an address, or *";
    }
    const bool is_plain = is_domain && !pattern.starts_with('@') && !pattern.starts_with('*');
    patterns.push_back(is_plain ? '@' + pattern : std::move(pattern));
    return std::nullopt;
}

wrong read_from(std::string_view value, permission& line) {
    return read_pattern(value, line.senders);
}

wrong read_to(std::string_view value, permission& line) {
    return read_pattern(value, line.recipients);
}

wrong read_one_rate(std::string_view value, rate& limit) {
    if (const auto mistake = read_rate(value, limit)) {
        return "has " + in_quotes(value) + ", which " + *mistake;
    }
    return std::nullopt;
}

wrong read_rates(std::string_view value, permission& line) {
    rate limit;
    if (auto mistake = read_one_rate(value, limit)) return mistake;
    const bool again = std::ranges::find(line.rates, limit.per, &rate::per) != line.rates.end();
    if (again) return "has two rates of one period: " + in_quotes(value);
    if (line.rates.size() == rates_max) return "has more than four rates: " + in_quotes(value);
    line.rates.push_back(limit);
    return std::nullopt;
}

wrong read_distinct(std::string_view value, permission& line) {
    rate limit;
    if (auto mistake = read_one_rate(value, limit)) return mistake;
    if (limit.count > permissions::distinct_max) {
        return "has " + in_quotes(value) + ", which is more than " +
               std::to_string(permissions::distinct_max) + " different recipients";
    }
    if (line.distinct) return "has two values of distinct=: " + in_quotes(value);
    line.distinct = limit;
    return std::nullopt;
}

wrong read_priority(std::string_view value, permission& line) {
    const auto* const found = std::ranges::find(priorities_of_permissions, base::lowered(value));
    if (found == priorities_of_permissions.end() || line.priority) {
        return "has " + in_quotes(value) + " where one of urgent, normal or bulk belongs";
    }
    line.priority = static_cast<mail_priority>(found - priorities_of_permissions.begin());
    return std::nullopt;
}

wrong read_route(std::string_view value, permission& line) {
    auto name = base::lowered(value);
    if (!line.route.empty() || !std::ranges::all_of(name, base::is_alphanumeric)) {
        return "has " + in_quotes(value) +
               " where one route belongs: a relayhost's name, mx, default or discard";
    }
    line.route = std::move(name);
    return std::nullopt;
}

wrong read_size(std::string_view value, permission& line) {
    const auto size = size_of(value);
    if (!size || *size == 0 || line.max_size != 0) {
        return "has " + in_quotes(value) + " where one size belongs, such as 2M";
    }
    line.max_size = *size;
    return std::nullopt;
}

wrong read_relay(std::string_view value, permission& line) {
    const auto word = base::lowered(value);
    if (word != "yes" && word != "no")
        return "has " + in_quotes(value) + " where yes or no belongs";
    line.relay = word == "yes";
    return std::nullopt;
}

wrong read_factor(std::string_view value, permission& line) {
    std::uint64_t factor = 0;
    if (const auto mistake = read_runaway(value, factor)) {
        return "has " + in_quotes(value) + ", which " + *mistake;
    }
    line.runaway = factor;
    return std::nullopt;
}

std::string joined_by_commas(const auto& values, auto text_of) {
    std::string all;
    for (const auto& value : values)
        all.append(all.empty() ? "" : ",").append(text_of(value));
    return all;
}

std::string text_itself(const std::string& text) {
    return text;
}

std::string distinct_text(const permission& line) {
    return line.distinct ? rate_text(*line.distinct) : std::string();
}

std::string priority_text(const permission& line) {
    if (!line.priority) return {};
    return std::string(priorities_of_permissions.at(static_cast<std::size_t>(*line.priority)));
}

std::string size_or_nothing(const permission& line) {
    return line.max_size == 0 ? std::string() : size_text(line.max_size);
}

std::string factor_text(const permission& line) {
    return line.runaway ? runaway_text(*line.runaway) : std::string();
}

struct property {
    std::string_view key;
    wrong (*read)(std::string_view value, permission& line);
    std::string (*text)(const permission& line);  // empty: not given
};

constexpr property properties[] = {
    {"from",
     read_from,
     [](const permission& line) { return joined_by_commas(line.senders, text_itself); }},
    {"to",
     read_to,
     [](const permission& line) { return joined_by_commas(line.recipients, text_itself); }},
    {"rate",
     read_rates,
     [](const permission& line) { return joined_by_commas(line.rates, rate_text); }},
    {"distinct", read_distinct, distinct_text},
    {"max_size", read_size, size_or_nothing},
    {"priority", read_priority, priority_text},
    {"route", read_route, [](const permission& line) { return line.route; }},
    {"runaway", read_factor, factor_text},
    {"relay", read_relay, [](const permission& line) { return std::string(line.relay ? "" : "no"); }
    },
};

constexpr const char* keys_text =
    "from=, to=, rate=, distinct=, max_size=, priority=, route=, runaway= or relay=";

// --- a line

wrong read_subject(std::string_view word, permission& line) {
    line.subject = word;
    if (word == everyone) return std::nullopt;
    const auto kind = base::lowered(word.substr(0, word.find(':') + 1));
    if (kind == of_user || kind == of_certificate) {
        const auto name = word.substr(kind.size());
        if (name.empty() || name.size() > kept_name_max) {
            return "has " + in_quotes(word) + ", which has no name, or one that is too long";
        }
        line.subject = kind + std::string(name);
        return std::nullopt;
    }
    if (network_set::parse(word, line.networks) || line.networks.empty()) {
        return "has " + in_quotes(word) +
               " where a subject belongs: user:NAME, cert:NAME, a network without host bits such "
               "as 10.0.0.0/8, or *";
    }
    line.subject =
        joined_by_commas(line.networks.networks(), [](const auto& each) { return each.text(); });
    // The counts of the line are kept under this name.
    constexpr std::size_t subject_max = 1000;
    if (line.subject.size() > subject_max) {
        return "has more networks in one subject than can be counted as one client; write several "
               "lines";
    }
    return std::nullopt;
}

wrong read_property(std::string_view word, permission& line, std::vector<std::string>& given) {
    const auto equals = word.find('=');
    auto key = base::lowered(word.substr(0, equals));
    const auto* const known = std::ranges::find(properties, key, &property::key);
    if (equals == std::string_view::npos || known == std::end(properties)) {
        return "has " + in_quotes(word) + " where one of these belongs: " + keys_text;
    }
    if (std::ranges::find(given, key) != given.end()) {
        return "has " + key + "= twice; separate values by commas";
    }
    for (auto rest = word.substr(equals + 1);;) {
        const auto comma = rest.find(',');
        const auto value = rest.substr(0, comma);
        if (value.empty()) return "has no value, or an empty one, after " + key + "=";
        if (auto mistake = known->read(value, line)) return mistake;
        if (comma == std::string_view::npos) break;
        rest.remove_prefix(comma + 1);
    }
    given.push_back(std::move(key));
    return std::nullopt;
}

wrong read_line(std::string_view text, permission& line) {
    std::vector<std::string> given;
    for (;;) {
        text = base::trimmed(text, base::white_space);
        if (text.empty()) return std::nullopt;
        const auto word = text.substr(0, text.find_first_of(" \t"));
        text.remove_prefix(word.size());
        auto mistake =
            line.subject.empty() ? read_subject(word, line) : read_property(word, line, given);
        if (mistake) return mistake;
    }
}

// The line at the front of a text in which a `;` separates lines.
std::string_view take_line(std::string_view& text) {
    const auto line = text.substr(0, text.find(';'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    return base::trimmed(line, base::white_space);
}

bool any_matches(const std::vector<std::string>& patterns, std::string_view address) {
    return patterns.empty() || std::ranges::any_of(patterns, [&](const std::string& pattern) {
               return sender_matches(pattern, address);
           });
}

}  // namespace

bool permission::allows_sender(std::string_view address) const {
    return any_matches(senders, base::lowered(address));
}

bool permission::allows_recipient(std::string_view address) const {
    return any_matches(recipients, base::lowered(address));
}

std::string permission::text() const {
    std::string all = subject;
    for (const auto& each : properties) {
        const auto value = each.text(*this);
        if (!value.empty()) all.append(" ").append(each.key).append("=").append(value);
    }
    return all;
}

// A line that decides nothing is a mistake.
std::optional<std::string> permissions::add(permission line) {
    const auto place = lines_.size();
    if (const auto earlier = by_subject_.find(everyone); earlier != by_subject_.end()) {
        return "has " + in_quotes(line.subject) + " after line " +
               std::to_string(lines_[earlier->second].line) + ", which decides for everyone";
    }
    if (!by_subject_.emplace(line.subject, place).second) {
        return "has " + in_quotes(line.subject) + " twice; the first line would decide";
    }
    if (!line.networks.empty()) of_networks_.push_back(place);
    lines_.push_back(std::move(line));
    return std::nullopt;
}

std::optional<std::string> permissions::read(std::string_view text, permissions& value) {
    value = {};
    const auto read_one = [&](std::string_view text_of_one, std::size_t number) -> wrong {
        permission line;
        line.line = number;
        if (auto mistake = read_line(text_of_one, line)) return mistake;
        return value.add(std::move(line));
    };
    return read_table(text, take_line, read_one);
}

const permission* permissions::find(const permission_query& query) const {
    auto first = lines_.size();
    const auto consider = [&](std::string_view subject) {
        const auto found = by_subject_.find(subject);
        if (found != by_subject_.end()) first = std::min(first, found->second);
    };
    consider(everyone);
    if (!query.credential.empty()) {
        const bool certificate = query.credential.starts_with(of_certificate);
        const auto kind = certificate ? std::string_view() : of_user;
        consider(std::string(kind).append(query.credential));
        consider(std::string(certificate ? of_certificate : of_user).append(everyone));
    }
    for (const auto place : of_networks_) {
        if (place >= first || !query.address) break;
        if (lines_[place].networks.contains(*query.address)) first = place;
    }
    return first == lines_.size() ? nullptr : &lines_[first];
}

std::string permissions::text() const {
    std::string all;
    for (const auto& line : lines_)
        all.append(all.empty() ? "" : "; ").append(line.text());
    return all;
}

bool is_in_domains(const std::vector<std::string>& patterns, std::string_view address) {
    if (patterns.empty()) return true;
    const auto domain = base::lowered(address.substr(address.rfind('@') + 1));
    return std::ranges::any_of(patterns, [&](const std::string& pattern) {
        return domain_matches(pattern, domain);
    });
}

std::optional<std::string> read_runaway(std::string_view text, std::uint64_t& value) {
    constexpr std::uint64_t least = 2;
    constexpr std::uint64_t most = 1000;
    value = 0;
    const auto word = base::lowered(text);
    if (word == "off") return std::nullopt;
    const auto digits = std::string_view(word).substr(0, word.find('x'));
    const auto factor = number_of(digits);
    if (!factor || word.size() > digits.size() + 1 || *factor < least || *factor > most) {
        return "is neither off nor a factor from 2x to 1000x, such as 10x";
    }
    value = *factor;
    return std::nullopt;
}

std::string runaway_text(std::uint64_t value) {
    return value == 0 ? "off" : std::to_string(value) + 'x';
}

}  // namespace kurir::config
