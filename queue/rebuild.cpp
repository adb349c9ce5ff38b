#include "queue/rebuild.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "relay/base/text.hpp"

namespace kurir::queue {

namespace {

std::optional<std::string> destination_of(std::string_view address) {
    const auto at = address.rfind('@');
    if (at == std::string_view::npos || at + 1 == address.size()) return std::nullopt;
    const auto domain = address.substr(at + 1);
    if (std::ranges::any_of(domain, [](char c) { return c <= ' ' || c > '~'; }))
        return std::nullopt;
    return base::lowered(domain);
}

}  // namespace

std::vector<delivery> rebuilt_entries(
    const envelope& mail,
    const std::vector<recipient_state>& tried,
    const std::set<std::uint32_t>& elsewhere,
    time_point now
) {
    std::map<std::string, delivery> by_domain;
    for (std::uint32_t i = 0; i < mail.recipients.size(); ++i) {
        if (elsewhere.contains(i)) continue;
        const auto domain = destination_of(mail.recipients[i].address);
        if (!domain) continue;
        auto& made = by_domain[*domain];
        made.recipients.push_back(i);
        for (const auto& each : tried) {
            if (each.index == i) made.attempts = std::max(made.attempts, each.attempts);
        }
    }
    std::vector<delivery> all;
    for (auto& [domain, made] : by_domain) {
        made.id = mail.id;
        made.due = now;
        made.domain = domain;
        made.received_at = mail.received_at;
        made.size = mail.size;
        made.tenant = mail.client;
        made.terms = mail.terms;
        made.sender_domain = destination_of(mail.reverse_path).value_or("");
        all.push_back(std::move(made));
    }
    return all;
}

}  // namespace kurir::queue
