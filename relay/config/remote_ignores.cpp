#include "relay/config/remote_ignores.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "relay/config/words.hpp"

namespace kurir::config {
namespace {

constexpr std::array<std::string_view, 5> keywords{
    "PIPELINING", "CHUNKING", "SIZE", "8BITMIME", "SMTPUTF8"
};

std::string lowered(std::string_view text) {
    std::string lower(text);
    for (char& c : lower)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return lower;
}

std::string raised(std::string_view text) {
    std::string capitals(text);
    for (char& c : capitals)
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    return capitals;
}

bool fits(std::string_view pattern, std::string_view name) {
    if (pattern == "*" || pattern == name) return true;
    return pattern.starts_with("*.") && name.size() >= pattern.size() &&
           name.ends_with(pattern.substr(1));
}

}  // namespace

std::optional<std::string> remote_ignores::read(std::string_view text, remote_ignores& to) {
    to.rules_.clear();
    for (const auto word : words(text)) {
        const auto colon = word.rfind(':');
        if (colon == std::string_view::npos || colon == 0) {
            return "has '" + std::string(word) +
                   "' where domain:EXTENSION belongs, such as mx.example.com:CHUNKING";
        }
        rule next{lowered(word.substr(0, colon)), raised(word.substr(colon + 1))};
        if (std::ranges::find(keywords, next.keyword) == keywords.end()) {
            return "has '" + std::string(word.substr(colon + 1)) +
                   "' where PIPELINING, CHUNKING, SIZE, 8BITMIME or SMTPUTF8 belongs";
        }
        to.rules_.push_back(std::move(next));
    }
    return std::nullopt;
}

bool remote_ignores::has(std::string_view name, std::string_view keyword) const {
    if (rules_.empty()) return false;
    const auto wanted = lowered(name);
    return std::ranges::any_of(rules_, [&](const rule& each) {
        return each.keyword == keyword && fits(each.pattern, wanted);
    });
}

std::string remote_ignores::text() const {
    std::string all;
    for (const auto& each : rules_) {
        if (!all.empty()) all += ' ';
        all += each.pattern + ':' + each.keyword;
    }
    return all;
}

}  // namespace kurir::config
