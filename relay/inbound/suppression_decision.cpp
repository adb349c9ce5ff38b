#include "relay/inbound/suppression_decision.hpp"

#include <algorithm>
#include <utility>

#include "relay/base/text.hpp"
#include "relay/config/route_rules.hpp"
#include "relay/suppression/export.hpp"
#include "relay/suppression/time_text.hpp"

namespace kurir::inbound {

namespace {

smtp::mailbox mailbox_of(const std::string& address) {
    const auto at = address.rfind('@');
    if (at == std::string::npos) return {};
    return {.local_part = address.substr(0, at), .domain = address.substr(at + 1)};
}

bool is_printable(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

}  // namespace

mail_tenants tenants_of(std::string_view credential, const smtp::path& reverse_path) {
    mail_tenants tenants{.credential = base::lowered(credential)};
    if (reverse_path.address) tenants.sender_domain = reverse_path.address->domain;
    return tenants;
}

std::optional<suppression::entry> entry_against(
    const smtp::mailbox& recipient,
    const mail_tenants& tenants,
    const config::config& config,
    const suppression::shared_list& kept,
    suppression::seconds_time time
) {
    if (config.suppression == config::suppression_policy::off) return std::nullopt;
    const auto find = [&](const suppression::suppression_list& list) {
        return list.find(recipient, {tenants.credential, tenants.sender_domain}, time);
    };
    if (const auto& configured = config.suppression_list.entries) {
        if (auto found = find(*configured)) return found;
    }
    return kept.read(find);
}

smtp::denial denial_of(const suppression::entry& entry) {
    constexpr std::size_t shown_max = 200;
    std::string text = entry.is_domain() ? "This domain is on our suppression list"
                                         : "This address is on our suppression list";
    if (!entry.reason.empty() && is_printable(entry.reason)) {
        text += ": " + entry.reason.substr(0, shown_max);
    }
    return {
        .answer = {.code = 550, .status = {5, 7, 1}, .lines = {std::move(text)}},
        .reason = smtp::reject_reason::suppressed,
    };
}

std::string releasing_advice(const suppression::entry& entry) {
    std::string text = "remove " + shown_subject(entry);
    if (!entry.tenant.empty()) text += " of tenant " + entry.tenant;
    // Entries of the configuration have no time.
    if (entry.added_at == suppression::seconds_time()) {
        text += " from KURIR_SUPPRESSION_LIST";
    } else {
        text += " from the suppression list, where it is since " +
                suppression::time_text(entry.added_at);
        if (!entry.added_by.empty()) text += " by " + entry.added_by;
    }
    if (!entry.reason.empty()) text += ": " + entry.reason;
    return text;
}

std::vector<suppression::entry> set_apart(
    queue::submission& message, const recipient_judge& judge
) {
    std::vector<suppression::entry> found;
    std::vector<queue::delivery> ended;
    for (auto& delivery : message.deliveries) {
        std::vector<std::uint32_t> kept;
        std::vector<std::uint32_t> suppressed;
        for (const auto index : delivery.recipients) {
            auto entry = judge(mailbox_of(message.mail.recipients.at(index).address));
            (entry ? suppressed : kept).push_back(index);
            if (entry) found.push_back(std::move(*entry));
        }
        if (suppressed.empty()) continue;
        auto end = delivery;
        end.recipients = std::move(suppressed);
        auto terms = *end.terms;
        terms.route = config::suppressed_route;
        end.terms = std::move(terms);
        ended.push_back(std::move(end));
        delivery.recipients = std::move(kept);
    }
    std::erase_if(message.deliveries, [](const auto& each) { return each.recipients.empty(); });
    const bool all = message.deliveries.empty();
    std::ranges::move(ended, std::back_inserter(message.deliveries));
    // Deliveries that must be rebuilt from the envelope end in the same way, if all do.
    if (all && !ended.empty()) message.mail.terms = message.deliveries.front().terms;
    return found;
}

}  // namespace kurir::inbound
