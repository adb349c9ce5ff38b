#include "relay/log/redact.hpp"

#include <algorithm>
#include <array>

#include "relay/base/hexadecimal.hpp"
#include "relay/base/text.hpp"
#include "relay/base/utf8.hpp"
#include "relay/sasl/digest.hpp"

namespace kurir::log {

namespace {

constexpr std::string_view stars = "***";

// RFC 5322's atext and the dot; beyond ASCII everything (RFC 6531).
bool is_local(char c) {
    constexpr std::string_view marks = "!#$%&'*+-/=?^_`{|}~.";
    return base::is_alphanumeric(c) || base::is_high(c) || marks.find(c) != std::string_view::npos;
}

bool is_domain(char c) {
    return base::is_alphanumeric(c) || base::is_high(c) || c == '-' || c == '.' || c == '_';
}

bool is_word(char c) {
    return base::is_alphanumeric(c) || base::is_high(c) || c == '-' || c == '_';
}

// Where the quoted string begins that ends before `end`, at `floor` or after; `end`: nowhere.
std::size_t quote_before(std::string_view text, std::size_t floor, std::size_t end) {
    for (auto at = end - 1; at > floor;) {
        --at;
        if (text[at] != '"') continue;
        std::size_t slashes = 0;
        while (at > floor + slashes && text[at - slashes - 1] == '\\')
            ++slashes;
        if (slashes % 2 == 0) return at;
    }
    return end;
}

// Where the local part begins that ends before the @; `at` itself: there is none.
std::size_t start_of_local(std::string_view text, std::size_t floor, std::size_t at) {
    auto end = at;
    if (end > floor && text[end - 1] == '"') {
        if (const auto quote = quote_before(text, floor, end); quote != end) return quote;
        --end;
    }
    auto start = end;
    while (start > floor && is_local(text[start - 1]))
        --start;
    if (start == end) return at;
    // People put addresses in quotes; hardly any address begins with one.
    while (start < end && (text[start] == '\'' || text[start] == '`'))
        ++start;
    return start;
}

bool is_literal(char c) {
    return base::is_alphanumeric(c) || c == '-' || c == '.' || c == ':';
}

// The domain or address literal after an @; empty if there is none, or what looks like one is the
// local part before another @.
std::string_view domain_at(std::string_view text) {
    const auto end_of = [&](std::size_t start, bool (*belongs)(char)) {
        while (start < text.size() && belongs(text[start]))
            ++start;
        return start;
    };
    const auto has = [&](std::size_t at, char c) { return at < text.size() && text[at] == c; };
    if (text.starts_with('[')) {
        const auto end = end_of(1, is_literal);
        return has(end, ']') ? text.substr(0, end + 1) : std::string_view();
    }
    if (has(end_of(0, is_local), '@')) return {};
    auto domain = text.substr(0, end_of(0, is_domain));
    while (domain.ends_with('.'))
        domain.remove_suffix(1);
    return domain;
}

// One local part has one form: "john.doe" in quotes is john.doe.
std::string plain_local(std::string_view local) {
    if (local.size() < 2 || !local.starts_with('"') || !local.ends_with('"')) {
        return base::lowered(local);
    }
    std::string plain;
    for (std::size_t at = 1; at + 1 < local.size(); ++at) {
        if (local[at] == '\\' && at + 2 < local.size()) ++at;
        plain += base::lower(local[at]);
    }
    return plain;
}

// The characters of `text`; empty if it is not UTF-8 or has what only a quoted local part may have.
std::vector<std::string_view> characters_of(std::string_view text) {
    std::vector<std::string_view> all;
    while (!text.empty()) {
        const auto first = base::first_character(text);
        if (!first || !is_local(text.front())) return {};
        all.push_back(text.substr(0, first->size));
        text.remove_prefix(first->size);
    }
    return all;
}

// Enough to recognize who is known, and to tell most people of a domain apart.
std::string shortened(std::string_view local) {
    const auto characters = characters_of(local);
    constexpr std::size_t shown_first = 3;
    constexpr std::size_t shown_last = 6;
    const auto count = characters.size();
    std::string text;
    if (count >= shown_first) text += characters.front();
    text += stars;
    if (count >= shown_last) text.append(characters[count - 2]).append(characters[count - 1]);
    return text;
}

std::string hashed(std::string_view key, std::string_view text) {
    constexpr std::size_t shown = 8;  // bytes: no two of millions of addresses have the same
    return base::in_hexadecimal(sasl::hmac_sha256(key, text).substr(0, shown));
}

// Keys whose text is somebody's prose: there a local part may stand alone.
bool is_prose(std::string_view key) {
    constexpr std::array<std::string_view, 4> prose{"response", "complaint", "detail", "error"};
    return std::ranges::find(prose, key) != prose.end();
}

// Keys with an address that may lack its domain.
bool is_path(std::string_view key) {
    return key == "from" || key == "to";
}

std::size_t find_ignoring_case(std::string_view text, std::string_view wanted, std::size_t start) {
    const auto rest = text.substr(start);
    const auto found = std::ranges::search(rest, wanted, {}, base::lower);
    return found.empty() ? std::string_view::npos
                         : start + static_cast<std::size_t>(found.begin() - rest.begin());
}

}  // namespace

void redactor::begin(const redaction& rule) {
    rule_ = &rule;
    known_.clear();
}

std::string_view redactor::hide(std::string_view key, std::string_view value) {
    if (rule_ == nullptr || rule_->way == redaction::manner::none) return value;
    const bool prose = is_prose(key) && !known_.empty();
    if (value.find('@') == std::string_view::npos && !prose) {
        if (!is_path(key) || value.empty()) return value;
        return remember(value, "").cover;
    }
    written_.clear();
    const auto all = addresses_in(value);
    std::vector<std::string> covers;
    for (const auto& each : all)
        covers.push_back(remember(each.local, each.domain).cover);
    std::size_t done = 0;
    for (std::size_t at = 0; at < all.size(); ++at) {
        append_rest(value.substr(done, all[at].start - done), prose);
        written_ += covers[at];
        written_.append("@").append(all[at].domain);
        done = all[at].at + 1 + all[at].domain.size();
    }
    append_rest(value.substr(done), prose);
    return written_;
}

std::vector<redactor::found> redactor::addresses_in(std::string_view text) const {
    std::vector<found> all;
    std::size_t floor = 0;
    for (auto at = text.find('@'); at != std::string_view::npos; at = text.find('@', floor)) {
        const auto domain = domain_at(text.substr(at + 1));
        auto start = start_of_local(text, floor, at);
        // In "to=john.doe@example.com" the address is the one that is known.
        const auto sign = text.substr(start, at - start).find('=');
        if (sign != std::string_view::npos) {
            const auto tail = base::lowered(text.substr(start + sign + 1, at - start - sign - 1));
            if (std::ranges::find(known_, tail, &address::local) != known_.end()) {
                start += sign + 1;
            }
        }
        floor = at + 1;
        if (start == at) continue;  // a source route
        all.push_back({start, at, text.substr(start, at - start), domain});
        floor = at + 1 + domain.size();
    }
    return all;
}

const redactor::address& redactor::remember(std::string_view local, std::string_view domain) {
    address hidden{.local = plain_local(local), .domain = base::lowered(domain), .cover = {}};
    const auto known = std::ranges::find_if(known_, [&](const address& each) {
        return each.local == hidden.local && each.domain == hidden.domain;
    });
    if (known != known_.end()) return *known;
    hidden.cover = cover_of(hidden);
    return known_.emplace_back(std::move(hidden));
}

std::string redactor::cover_of(const address& hidden) const {
    if (rule_->way == redaction::manner::smart) return shortened(hidden.local);
    return hashed(rule_->key, hidden.local + "@" + hidden.domain);
}

// Appends text between addresses. In prose, local parts that are known are hidden, too.
void redactor::append_rest(std::string_view text, bool prose) {
    constexpr std::size_t shortest = 3;  // shorter ones are words of many languages
    while (prose && !text.empty()) {
        std::size_t first = std::string_view::npos;
        const address* nearest = nullptr;
        for (const auto& each : known_) {
            if (each.local.size() < shortest) continue;
            for (auto at = find_ignoring_case(text, each.local, 0); at < first;
                 at = find_ignoring_case(text, each.local, at + 1)) {
                const auto end = at + each.local.size();
                const bool begins = at == 0 || !is_word(text[at - 1]);
                const bool ends = end == text.size() || !is_word(text[end]);
                if (!begins || !ends) continue;
                first = at;
                nearest = &each;
            }
        }
        if (nearest == nullptr) break;
        written_.append(text.substr(0, first)).append(nearest->cover);
        text.remove_prefix(first + nearest->local.size());
    }
    written_ += text;
}

}  // namespace kurir::log
