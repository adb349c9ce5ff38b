#include "relay/rewrite/header.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "relay/base/text.hpp"
#include "relay/rewrite/field_rules.hpp"
#include "relay/rewrite/forced_from.hpp"
#include "relay/rewrite/header_draft.hpp"
#include "relay/rewrite/hidden_trace.hpp"

namespace kurir::rewrite {

namespace {

constexpr std::string_view author_field = "from";

// The fields that name senders, or where answers to them go.
constexpr std::array<std::string_view, 9> sender_fields = {
    author_field,
    "sender",
    "reply-to",
    "resent-from",
    "resent-sender",
    "resent-reply-to",
    "errors-to",
    "return-receipt-to",
    "disposition-notification-to",
};

bool has_address_rules(const config::config& config) {
    return !config.sender_map.empty() || !config.masquerade_domains.empty();
}

void change_addresses(
    const config::config& config, bool is_forced, header_draft& draft, changed_header& result
) {
    const auto rule = [&](const smtp::mailbox& address) { return changed_sender(config, address); };
    for (auto& field : draft.fields()) {
        const auto name = base::lowered(field.name);
        if (std::ranges::find(sender_fields, name) == sender_fields.end()) continue;
        const bool is_author = name == author_field;
        if (is_forced && (is_author || name == "sender")) continue;
        auto edits = edit_addresses(draft.value_of(field), rule);
        if (!edits.readable) result.unreadable.push_back(field.name);
        edit_value(field, edits.changes);
        if (is_author) std::ranges::move(edits.replaced, std::back_inserter(result.authors));
    }
}

}  // namespace

bool changes_headers(const config::config& config) {
    return has_address_rules(config) || !config.force_from.empty() || !config.headers.empty() ||
           config.hide_client;
}

changed_header change_header(
    const config::config& config,
    const submission& message,
    std::string_view text,
    const message::header_facts& facts
) {
    changed_header result;
    header_draft draft(text, facts);
    const auto sender = message.reverse_path.text();
    const auto* const forced = config.force_from.find(query_of(message, sender));
    if (has_address_rules(config)) change_addresses(config, forced != nullptr, draft, result);
    if (forced != nullptr) result.authors = force_from(*forced, draft);
    if (config.hide_client) {
        for (auto* each : draft.named("Received"))
            each->text = hidden_received(draft.value_of(*each), config.hostname, message.date);
    }
    apply_field_rules(config.headers, message, draft);
    result.changes = draft.changes();
    return result;
}

}  // namespace kurir::rewrite
