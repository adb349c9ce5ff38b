#include "relay/config/remote_ignores.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "relay/base/text.hpp"
#include "relay/config/addresses.hpp"
#include "relay/config/table.hpp"
#include "relay/config/words.hpp"

namespace kurir::config {
namespace {

constexpr std::array<std::string_view, 6> keywords{
    "PIPELINING", "CHUNKING", "SIZE", "8BITMIME", "SMTPUTF8", "DSN"
};

}  // namespace

std::optional<std::string> remote_ignores::add(std::string_view word) {
    const auto colon = word.rfind(':');
    if (colon == std::string_view::npos || colon == 0) {
        return "has '" + std::string(word) +
               "' where domain:EXTENSION belongs, such as mx.example.com:CHUNKING";
    }
    auto keyword = base::uppered(word.substr(colon + 1));
    if (std::ranges::find(keywords, keyword) == keywords.end()) {
        return "has '" + std::string(word.substr(colon + 1)) +
               "' where PIPELINING, CHUNKING, SIZE, 8BITMIME, SMTPUTF8 or DSN belongs";
    }
    const auto pattern = word.substr(0, colon);
    if (!is_name_pattern(pattern)) {
        return "has '" + std::string(pattern) +
               "' where a host or a domain belongs, such as mx.example.com or *.example.com";
    }
    if (auto* known = rules_.at(pattern)) {
        known->push_back(std::move(keyword));
    } else {
        rules_.add(pattern, {std::move(keyword)});
    }
    return std::nullopt;
}

std::optional<std::string> remote_ignores::read(std::string_view text, remote_ignores& rules) {
    rules.rules_ = {};
    return read_table(text, [&](std::string_view line) -> std::optional<std::string> {
        for (const auto word : words(line)) {
            if (auto wrong = rules.add(word)) return wrong;
        }
        return std::nullopt;
    });
}

bool remote_ignores::has(std::string_view name, std::string_view keyword) const {
    return rules_.for_each_match(name, [&](std::string_view, const auto& ignored) {
        return std::ranges::find(ignored, keyword) != ignored.end();
    });
}

std::string remote_ignores::text() const {
    std::string all;
    rules_.for_each([&](std::string_view pattern, const auto& ignored) {
        for (const auto& keyword : ignored) {
            if (!all.empty()) all += ' ';
            all.append(pattern).append(":").append(keyword);
        }
    });
    return all;
}

}  // namespace kurir::config
