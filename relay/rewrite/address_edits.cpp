#include "relay/rewrite/address_edits.hpp"

#include <algorithm>
#include <utility>

#include "relay/message/ascii_text.hpp"
#include "relay/message/authors.hpp"
#include "relay/message/mailbox_list.hpp"

namespace kurir::rewrite {

namespace {

// The longest name of a field whose addresses are changed, with its colon.
constexpr std::size_t name_room = 32;

struct change_of_mailbox {
    const message::found_mailbox* place;
    smtp::mailbox before;
    smtp::mailbox after;
};

std::size_t growth_of(const change_of_mailbox& change) {
    const auto before = change.before.text().size();
    return std::max(change.after.text().size(), before) - before;
}

// For each change, whether the line of its address would become too long.
std::vector<bool> find_long_lines(
    std::string_view value, const std::vector<change_of_mailbox>& changes
) {
    std::vector<bool> is_long(changes.size());
    for (std::size_t first = 0, last = 0; first < changes.size(); first = last) {
        const auto at = changes[first].place->local.begin;
        const auto fold = value.substr(0, at).rfind('\n');
        const auto begin = fold == std::string_view::npos ? 0 : fold + 1;
        const auto end = std::min(value.find('\n', at), value.size());
        auto size = end - begin + (begin == 0 ? name_room : 0);
        for (; last < changes.size() && changes[last].place->local.begin < end; ++last)
            size += growth_of(changes[last]);
        for (; first < last; ++first)
            is_long[first] = size > message::line_max;
    }
    return is_long;
}

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
    for (const auto& each : list.mailboxes) {
        const bool has_domain = each.domain.kind != message::address_token::kind_of::end;
        auto before = message::address_of(each, value, "");
        if (!before) {
            result.readable = false;
            continue;
        }
        auto after = rule(*before);
        if (!after || !has_domain) continue;
        result.replaced.push_back({before->text(), after->text()});
        changes.push_back({&each, std::move(*before), std::move(*after)});
    }
    const auto is_long = find_long_lines(value, changes);
    for (std::size_t at = 0; at < changes.size(); ++at)
        add_edits(changes[at], is_long[at] ? "\r\n " : "", result.changes);
    return result;
}

}  // namespace kurir::rewrite
