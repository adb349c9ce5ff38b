#include "relay/config/suppression_table.hpp"

#include <utility>

#include "relay/base/text.hpp"
#include "relay/config/table.hpp"
#include "relay/config/words.hpp"
#include "relay/suppression/suppression_list.hpp"
#include "relay/suppression/time_text.hpp"

namespace kurir::config {

namespace {

using wrong = std::optional<std::string>;  // the end of a sentence

// The word at the front of an entry; blanks in quotes belong to it.
std::string_view take_word(std::string_view& rest) {
    bool in_quotes = false;
    std::size_t end = 0;
    while (end < rest.size() && (in_quotes || !base::is_blank(rest[end]))) {
        if (rest[end] == '"') in_quotes = !in_quotes;
        ++end;
    }
    const auto word = rest.substr(0, end);
    rest = base::trimmed_front(rest.substr(end));
    return word;
}

std::string_view unquoted(std::string_view value) {
    const bool quoted = value.size() >= 2 && value.starts_with('"') && value.ends_with('"');
    return quoted ? value.substr(1, value.size() - 2) : value;
}

wrong read_property(std::string_view word, suppression::entry& entry) {
    const auto sign = word.find('=');
    const auto key = base::lowered(word.substr(0, sign));
    const bool known = key == "tenant" || key == "until" || key == "reason";
    if (sign == std::string_view::npos || !known) {
        return "has " + in_quotes(word) + ", where tenant=, until= or reason= belongs";
    }
    const auto value = unquoted(word.substr(sign + 1));
    if (key == "tenant") {
        auto tenant = suppression::read_tenant(value);
        if (!tenant || tenant->empty() || !entry.tenant.empty()) {
            return "has " + in_quotes(word) + ", where one user or one sender's domain belongs";
        }
        entry.tenant = std::move(*tenant);
    } else if (key == "until") {
        const auto time = suppression::read_time(value);
        if (!time || entry.expires_at) {
            return "has " + in_quotes(word) + ", where one day such as 2027-01-31 belongs";
        }
        entry.expires_at = time;
    } else {
        if (value.empty() || !entry.reason.empty()) {
            return "has " + in_quotes(word) + ", where one reason belongs";
        }
        entry.reason = value;
    }
    return std::nullopt;
}

wrong read_entry(std::string_view content, suppression::suppression_list& entries) {
    auto rest = content;
    const auto word = take_word(rest);
    auto subject = suppression::read_subject(word);
    if (!subject) {
        return "has " + in_quotes(word) +
               ", where an address, *@example.com or example.com belongs";
    }
    suppression::entry made{.subject = std::move(*subject)};
    while (!rest.empty()) {
        if (auto mistake = read_property(take_word(rest), made)) return mistake;
    }
    if (auto mistake = mistake_in(made)) {
        return "has " + in_quotes(word) + ", which " + *std::move(mistake);
    }
    if (entries.at(made.subject, made.tenant)) return "has two entries for " + in_quotes(word);
    entries.put(made);
    return std::nullopt;
}

}  // namespace

std::optional<std::string> suppression_table::read(
    std::string_view text, suppression_table& value
) {
    auto entries = std::make_shared<suppression::suppression_list>();
    value = {};
    const auto read_one = [&](std::string_view entry, std::size_t) {
        value.text.append(value.text.empty() ? "" : "; ").append(entry);
        return read_entry(entry, *entries);
    };
    if (auto mistake = read_table(text, take_entry, read_one)) return mistake;
    value.entries = entries->empty() ? nullptr : std::move(entries);
    return std::nullopt;
}

}  // namespace kurir::config
