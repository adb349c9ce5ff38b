#include "relay/config/tls_policy.hpp"

#include <algorithm>
#include <array>

#include "relay/base/text.hpp"
#include "relay/config/addresses.hpp"
#include "relay/config/table.hpp"

namespace kurir::config {
namespace {

// In the order of the enum.
constexpr std::array<std::string_view, 4> policies{"off", "may", "encrypt", "verify"};

}  // namespace

std::string_view text_of(tls_policy policy) {
    return policies.at(static_cast<std::size_t>(policy));
}

std::optional<tls_policy> tls_policy_of(std::string_view word) {
    const auto* const found = std::ranges::find(policies, base::lowered(word));
    if (found == policies.end()) return std::nullopt;
    return static_cast<tls_policy>(found - policies.begin());
}

std::optional<std::string> tls_rules::add(std::string_view word) {
    const auto equals = word.find('=');
    const auto pattern = word.substr(0, equals);
    if (equals == std::string_view::npos || pattern == "*" || !is_name_pattern(pattern)) {
        return "has " + in_single_quotes(word) +
               " where domain=policy belongs, such as bank.example=verify or *.bank.example=encrypt"
               "; KURIR_REMOTE_TLS is for all others";
    }
    const auto policy = tls_policy_of(word.substr(equals + 1));
    if (!policy) {
        return "has " + in_single_quotes(word.substr(equals + 1)) +
               " where off, may, encrypt or verify belongs";
    }
    if (rules_.add(pattern, *policy)) return std::nullopt;
    return "has " + base::lowered(pattern) + " twice";
}

std::optional<std::string> tls_rules::read(std::string_view text, tls_rules& rules) {
    rules.rules_ = {};
    return read_table(text, [&](std::string_view line) -> std::optional<std::string> {
        for (const auto word : words(line)) {
            if (auto wrong = rules.add(word)) return wrong;
        }
        return std::nullopt;
    });
}

std::optional<tls_policy> tls_rules::find(std::string_view domain) const {
    const auto* found = rules_.find(domain);
    return found == nullptr ? std::nullopt : std::optional(*found);
}

std::string tls_rules::text() const {
    std::string all;
    rules_.for_each([&](std::string_view pattern, tls_policy policy) {
        if (!all.empty()) all += ' ';
        all.append(pattern).append("=").append(text_of(policy));
    });
    return all;
}

}  // namespace kurir::config
