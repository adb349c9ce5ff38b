#include "relay/rewrite/address_edits.hpp"

#include <utility>

#include "relay/message/ascii_text.hpp"
#include "relay/message/authors.hpp"
#include "relay/message/mailbox_list.hpp"

namespace kurir::rewrite {

namespace {

struct change_of_mailbox {
    const message::found_mailbox* place;
    smtp::mailbox before;
    smtp::mailbox after;
};

void add_edits(
    const change_of_mailbox& change,
    std::string_view fold,
    std::vector<message::address_change>& all
) {
    const auto& [local, domain, in_name] = *change.place;
    const bool new_local = change.after.local_part != change.before.local_part;
    if (new_local) {
        all.push_back({local.begin, local.end, std::string(fold) + change.after.local_part});
    } else if (!fold.empty()) {
        all.push_back({local.begin, local.begin, std::string(fold)});
    }
    if (change.after.domain != change.before.domain) {
        all.push_back({domain.begin, domain.end, change.after.domain});
    }
}

}  // namespace

address_edits edit_addresses(std::string_view value, const address_rule& rule) {
    address_edits result;
    if (value.size() > field_size_max) return {.readable = false, .changes = {}, .replaced = {}};
    const auto list = message::mailboxes_in(value, mailboxes_max);
    result.readable = list.readable;
    std::vector<change_of_mailbox> changes;
    std::size_t added = 0;
    for (const auto& each : list.mailboxes) {
        const bool has_domain = each.domain.kind != message::address_token::kind_of::end;
        auto before = message::address_of(each, value, "");
        if (!before) {
            result.readable = false;
            continue;
        }
        auto after = rule(*before);
        if (!after || !has_domain) continue;
        added += after->local_part.size() + after->domain.size();
        result.replaced.push_back({before->text(), after->text()});
        changes.push_back({&each, std::move(*before), std::move(*after)});
    }
    // What the line was before is counted as if it stayed: a fold too many is none that harms.
    const bool is_long = message::longest_line(value) + added > message::line_max;
    for (const auto& each : changes)
        add_edits(each, is_long ? "\r\n " : "", result.changes);
    return result;
}

}  // namespace kurir::rewrite
