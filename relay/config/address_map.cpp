#include "relay/config/address_map.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "relay/base/text.hpp"
#include "relay/config/addresses.hpp"
#include "relay/config/table.hpp"
#include "relay/config/words.hpp"

namespace kurir::config {
namespace {

using wrong = std::optional<std::string>;  // the end of a sentence
using manner = address_map::manner;

constexpr std::string_view everywhere = "@*";

// Stands for every local-part and every name that no entry mentions.
constexpr std::string_view other_local_part = "kurir-any";
constexpr std::string_view other_label = "kurir-any.";

struct code_row {
    manner told;
    std::string_view text;
};
constexpr std::array<code_row, 2> codes = {{{manner::forward, "251"}, {manner::refuse, "551"}}};

std::string lowered_text(const smtp::mailbox& address) {
    return base::lowered(address.text());
}

// Takes a code from the front of a target. One that we don't know is left, and is no address.
manner take_code(std::string_view& target) {
    const auto word = target.substr(0, target.find_first_of(" \t"));
    const auto* const known = std::ranges::find(codes, word, &code_row::text);
    if (known == codes.end()) return manner::silent;
    target = base::trimmed(target.substr(word.size()), base::white_space);
    return known->told;
}

// "@example.com": the domain, in the form that addresses have.
std::optional<std::string> domain_after_at(std::string_view text) {
    if (!text.starts_with('@')) return std::nullopt;
    const auto read = smtp::parse_mailbox("x" + std::string(text), true);
    if (!read) return std::nullopt;
    return read.value->domain;
}

}  // namespace

std::string address_map::entry::text() const {
    auto all = pattern + ' ' + std::string(arrow) + ' ';
    const auto* const code = std::ranges::find(codes, told, &code_row::told);
    if (code != codes.end()) all.append(code->text).append(" ");
    return all + local_part + '@' + domain;
}

std::optional<std::string> address_map::add(std::string_view pattern, entry made) {
    const auto place = entries_.size();
    made.pattern = base::lowered(pattern);
    bool is_new = true;
    if (pattern.ends_with(everywhere) && pattern.size() > everywhere.size()) {
        const auto local = pattern.substr(0, pattern.size() - everywhere.size());
        if (!smtp::parse_mailbox(std::string(local) + "@example.com", true)) {
            return "has " + in_quotes(pattern) + ", which has no local-part before @*";
        }
        is_new = local_parts_.try_emplace(base::lowered(local), place).second;
    } else if (pattern == "*" || (pattern.starts_with("*.") && is_name_pattern(pattern))) {
        is_new = domains_.add(pattern, place);
    } else if (const auto domain = domain_after_at(pattern)) {
        made.pattern = '@' + *domain;
        is_new = domains_.add(*domain, place);
    } else if (const auto address = smtp::parse_mailbox(pattern, true)) {
        made.pattern = lowered_text(*address.value);
        is_new = addresses_.try_emplace(made.pattern, place).second;
    } else {
        return "has " + in_quotes(pattern) +
               " before ->, where an address, @example.com, *.example.com, local-part@* or * "
               "belongs";
    }
    if (!is_new) return "has two entries for " + in_quotes(pattern);
    entries_.push_back(std::move(made));
    return std::nullopt;
}

std::optional<std::string> address_map::read(
    std::string_view text, address_map& value, bool moves
) {
    value = {};
    const auto read_entry = [&](std::string_view content, std::size_t line) -> wrong {
        const auto at = content.find(arrow);
        if (at == std::string_view::npos) {
            return "has no ->; write old@example.com -> new@example.com";
        }
        const auto pattern = base::trimmed(content.substr(0, at), base::white_space);
        auto target = base::trimmed(content.substr(at + arrow.size()), base::white_space);
        entry made;
        made.line = line;
        made.told = take_code(target);
        if (made.told != manner::silent && !moves) {
            return "has a reply code, but no client is told of a sender that is mapped";
        }
        if (const auto domain = domain_after_at(target)) {
            made.domain = *domain;
        } else if (auto address = smtp::parse_mailbox(target, true)) {
            made.local_part = std::move(address.value->local_part);
            made.domain = std::move(address.value->domain);
            made.utf8 = address.value->utf8;
        } else {
            return "has " + in_quotes(target) + " after ->, which is not an address or @domain";
        }
        return value.add(pattern, std::move(made));
    };
    if (auto mistake = read_table(text, take_entry, read_entry)) return mistake;
    return value.find_circle();
}

std::optional<std::string> address_map::read_senders(std::string_view text, address_map& value) {
    return read(text, value, false);
}

std::optional<std::string> address_map::read_recipients(std::string_view text, address_map& value) {
    return read(text, value, true);
}

const address_map::entry* address_map::entry_for(const smtp::mailbox& address) const {
    if (const auto found = addresses_.find(lowered_text(address)); found != addresses_.end()) {
        return &entries_[found->second];
    }
    const auto local = local_parts_.find(base::lowered(address.local_part));
    if (local != local_parts_.end()) return &entries_[local->second];
    const auto* const place = domains_.find(address.domain);
    return place == nullptr ? nullptr : &entries_[*place];
}

std::optional<address_map::answer> address_map::find(const smtp::mailbox& address) const {
    if (entries_.empty()) return std::nullopt;
    answer found{.address = address};
    for (std::size_t step = 0; step < steps_max; ++step) {
        const auto* const next = entry_for(found.address);
        if (next == nullptr) break;
        auto target = found.address;
        if (!next->local_part.empty()) target.local_part = next->local_part;
        target.domain = next->domain;
        if (target == found.address) break;
        target.utf8 = target.utf8 || next->utf8;
        found.told = std::max(found.told, next->told);
        found.address = std::move(target);
    }
    if (found.address == address) return std::nullopt;
    return found;
}

// An address that the entry is for, and others only if they say so.
std::optional<smtp::mailbox> address_map::sample_of(const entry& entry) const {
    const std::string_view pattern = entry.pattern;
    std::string text;
    if (pattern == "*") {
        text.append(other_local_part).append("@").append(other_label).append("example");
    } else if (pattern.starts_with("*.")) {
        text.append(other_local_part).append("@").append(other_label).append(pattern.substr(2));
    } else if (pattern.starts_with('@')) {
        text.append(other_local_part).append(pattern);
    } else if (pattern.ends_with(everywhere)) {
        text.append(pattern.substr(0, pattern.size() - 1)).append(other_label).append("example");
    } else {
        text = pattern;
    }
    return smtp::parse_mailbox(text, true).value;
}

// Follows each entry from an address that it is for. An address that runs in a circle meets in it
// either an entry of its own or only entries that treat it like every other.
std::optional<std::string> address_map::find_circle() const {
    for (const auto& each : entries_) {
        auto at = sample_of(each);
        if (!at) continue;
        std::vector<std::string> way;
        for (const auto* next = &each; next != nullptr; next = entry_for(*at)) {
            way.push_back(lowered_text(*at));
            auto target = *at;
            if (!next->local_part.empty()) target.local_part = next->local_part;
            target.domain = next->domain;
            const auto target_text = lowered_text(target);
            if (target_text == way.back()) break;
            const bool again = std::ranges::find(way, target_text) != way.end();
            if (again || way.size() >= steps_max) {
                const auto line = each.line > 1 ? " (line " + std::to_string(each.line) + ")" : "";
                return (again ? "leads in a circle from " : "needs too many steps from ") +
                       in_quotes(each.text()) + line;
            }
            at = std::move(target);
        }
    }
    return std::nullopt;
}

std::string address_map::text() const {
    std::string all;
    for (const auto& each : entries_) {
        if (!all.empty()) all += "; ";
        all += each.text();
    }
    return all;
}

}  // namespace kurir::config
