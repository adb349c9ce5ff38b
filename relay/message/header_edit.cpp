#include "relay/message/header_edit.hpp"

#include <algorithm>
#include <utility>

#include "queue/priority.hpp"
#include "relay/base/text.hpp"
#include "relay/message/address_field.hpp"
#include "relay/message/ascii_text.hpp"

namespace kurir::message {

namespace {

constexpr std::size_t message_id_max = 256;
constexpr std::size_t priority_max = 64;
constexpr std::size_t route_tag_max = 255;

// A field of addresses that is larger than this stays as it is.
constexpr std::size_t address_field_max = 64 * 1024;

// True for "<id>" with a visible character other than "@", perhaps with a comment: large providers
// refuse mail whose id is empty or "<>". `value` may have been cut at its end.
bool is_message_id(std::string_view value) noexcept {
    const auto begin = value.find('<');
    if (begin == std::string_view::npos) return false;
    const auto end = value.find('>', begin);
    const bool whole = end != std::string_view::npos || value.size() >= message_id_max;
    const auto id = value.substr(begin + 1, end == std::string_view::npos ? end : end - begin - 1);
    return whole && id.find_first_not_of(" \t@") != std::string_view::npos;
}

class planner {
public:
    planner(std::string_view message, const header_policy& policy)
        : message_(message), policy_(policy) {}

    void look_at(const known_field& field) {
        const auto text = message_.substr(field.begin, field.end - field.begin);
        switch (field.name) {
            case field_name::bcc:
                return take_out(field, "bcc");
            case field_name::resent_bcc:
                return take_out(field, "resent-bcc");
            case field_name::priority:
                on_priority(base::lowered(field_value(text, priority_max)));
                return take_out(field, "x-kurir-priority");
            case field_name::route:
                plan_.route_tag = field_value(text, route_tag_max);
                plan_.route_tag.resize(std::min(plan_.route_tag.size(), route_tag_max));
                return take_out(field, "x-kurir-route");
            case field_name::idempotency_key:
                plan_.idempotency_key = field_value(text, queue::longest::idempotency_key + 1);
                return take_out(field, "x-kurir-idempotency-key");
            case field_name::date:
                if (policy_.fixup && field_value(text, 1).empty()) return change(field);
                plan_.date = true;
                return;
            case field_name::message_id:
                return on_message_id(field, field_value(text, message_id_max));
            case field_name::from:
            case field_name::sender:
                return on_addresses(field, text);
            case field_name::other:
            case field_name::received:
                return;
        }
    }

    header_plan take() { return std::move(plan_); }

private:
    // Merges the changes of adjacent fields into one.
    void change(const known_field& field) {
        auto& all = plan_.changes;
        if (!all.empty() && all.back().end == field.begin && all.back().text.empty()) {
            all.back().end = field.end;
        } else {
            all.push_back({field.begin, field.end, {}});
        }
    }

    void take_out(const known_field& field, std::string_view name) {
        const bool kept =
            std::find(policy_.kept.begin(), policy_.kept.end(), name) != policy_.kept.end();
        if (!kept) change(field);
    }

    void on_priority(std::string value) {
        if (const auto priority = queue::priority_of(value)) {
            plan_.priority = priority;
        } else {
            plan_.unknown_priority = std::move(value);
        }
    }

    void on_message_id(const known_field& field, std::string value) {
        if (policy_.fixup && !is_message_id(value)) return change(field);
        value.resize(std::min(value.size(), message_id_max));
        if (plan_.message_id.empty()) plan_.message_id = std::move(value);
    }

    void on_addresses(const known_field& field, std::string_view text) {
        if (!policy_.fixup || policy_.local_domain.empty()) return;
        if (text.size() > address_field_max) return;
        const auto value = text.find(':') + 1;
        auto changes = completed_addresses(text.substr(value), policy_.local_domain);
        std::size_t added = 0;
        for (const auto& each : changes)
            added += each.text.size();
        if (longest_line(text) + added > line_max) return;  // no line may become too long
        for (auto& each : changes) {
            const std::size_t at = field.begin + value;
            plan_.changes.push_back({at + each.begin, at + each.end, std::move(each.text)});
        }
    }

    std::string_view message_;
    const header_policy& policy_;
    header_plan plan_;
};

}  // namespace

header_plan plan_header(
    std::string_view message, const header_facts& facts, const header_policy& policy
) {
    planner plan(message, policy);
    for (const auto& field : facts.fields)
        plan.look_at(field);
    return plan.take();
}

std::string changed_header(
    std::string_view message, const header_facts& facts, const std::vector<header_change>& changes
) {
    std::string result;
    result.reserve(facts.end - facts.begin);
    std::size_t begin = facts.begin;
    for (const auto& each : changes) {
        result += message.substr(begin, each.begin - begin);
        result += each.text;
        begin = each.end;
    }
    result += message.substr(begin, facts.end - begin);
    return result;
}

std::string_view missing_end(std::string_view header) {
    if (header == "\r\n" || header.ends_with("\r\n\r\n")) return "";
    return header.empty() || header.ends_with("\r\n") ? "\r\n" : "\r\n\r\n";
}

}  // namespace kurir::message
