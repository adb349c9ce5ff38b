#include "relay/rewrite/forced_from.hpp"

#include <optional>
#include <string>
#include <utility>

#include "relay/message/ascii_text.hpp"
#include "relay/message/authors.hpp"

namespace kurir::rewrite {

namespace {

// The edits that change the only address in `field`, and nothing else of it; nothing if it has not
// exactly one that can be changed.
std::optional<address_edits> edits_of_only(
    const header_draft& draft, const draft_field& field, const smtp::mailbox& address
) {
    const auto value = draft.value_of(field);
    const auto list = message::mailboxes_in(value, mailboxes_max);
    if (!list.readable || list.mailboxes.size() != 1) return std::nullopt;
    const auto& only = list.mailboxes.front();
    const bool has_domain = only.domain.kind != message::address_token::kind_of::end;
    if (!has_domain || !message::address_of(only, value, "")) return std::nullopt;
    auto edits = edit_addresses(value, [&](const smtp::mailbox& given) {
        return given == address ? std::nullopt : std::optional(address);
    });
    if (!edits.readable) return std::nullopt;
    return edits;
}

std::string addresses_in(const header_draft& draft, const std::vector<draft_field*>& fields) {
    std::string all;
    for (const auto* each : fields) {
        for (const auto& address : message::authors_in(draft.value_of(*each), "").addresses)
            all.append(all.empty() ? "" : ", ").append(address);
    }
    return all;
}

}  // namespace

std::vector<replaced_address> force_from(const config::from_rule& rule, header_draft& draft) {
    const auto& address = *rule.address;
    for (auto* each : draft.named("Sender"))
        each->removed = true;
    const auto authors = draft.named("From");
    if (authors.size() == 1 && rule.name.empty()) {
        if (auto edits = edits_of_only(draft, *authors.front(), address)) {
            edit_value(*authors.front(), edits->changes);
            return std::move(edits->replaced);
        }
    }
    const auto before = addresses_in(draft, authors);
    const auto text = rule.name.empty() ? address.text() : rule.name + " <" + address.text() + '>';
    draft.set("From", message::header_field("From", text));
    return {{before, address.text()}};
}

}  // namespace kurir::rewrite
