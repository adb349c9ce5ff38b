#include "relay/rewrite/envelope.hpp"

#include <utility>

#include "relay/rewrite/sender_address.hpp"

namespace kurir::rewrite {

bool changes_envelopes(const config::config& config) {
    return !config.force_from.empty() || !config.sender_map.empty() ||
           !config.masquerade_domains.empty() || !config.recipient_map.empty() ||
           !config.always_bcc.empty();
}

smtp::path changed_reverse_path(
    const config::config& config, const smtp::path& given, const config::mail_query& query
) {
    if (!given.address) return given;
    auto changed = given;
    if (const auto* const forced = config.force_from.find(query)) {
        changed.address = forced->address;
    } else if (auto other = changed_sender(config, *given.address)) {
        changed.address = std::move(other);
    }
    return changed;
}

changed_envelope change_envelope(const config::config& config, const submission& message) {
    const auto sender = message.reverse_path.text();
    const auto query = query_of(message, sender);
    changed_envelope changed{
        .reverse_path = changed_reverse_path(config, message.reverse_path, query),
        .recipients = message.recipients,
        .copies = config.always_bcc.find(query),
    };
    for (auto& each : changed.recipients) {
        if (auto mapped = config.recipient_map.find(each)) each = std::move(mapped->address);
    }
    return changed;
}

}  // namespace kurir::rewrite
