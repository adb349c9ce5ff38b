#include "relay/rewrite/field_rules.hpp"

#include <string>
#include <string_view>
#include <utility>

#include "relay/base/text.hpp"
#include "relay/message/ascii_text.hpp"

namespace kurir::rewrite {

namespace {

using action = config::header_rule::kind;

std::string text_for(config::placeholder placeholder, const submission& message) {
    switch (placeholder) {
        case config::placeholder::none:
            return {};
        case config::placeholder::queue_id:
            return message.queue_id;
        case config::placeholder::user:
            return message.credential;
        case config::placeholder::sender:
            return message.reverse_path.text();
        case config::placeholder::sender_domain:
            return message.reverse_path.address ? message.reverse_path.address->domain : "";
        case config::placeholder::recipient:
            break;
    }
    return message.recipients.front().text();
}

std::string field_text(const config::header_rule& rule, const submission& message) {
    std::string value;
    for (const auto& part : rule.value)
        value += part.text + percent_encoded(text_for(part.stands_for, message));
    return message::header_field(rule.name, value);
}

void apply(const config::header_rule& rule, const submission& message, header_draft& draft) {
    switch (rule.action) {
        case action::add:
            if (draft.named(rule.name).empty()) draft.append(rule.name, field_text(rule, message));
            return;
        case action::set:
            return draft.set(rule.name, field_text(rule, message));
        case action::prepend:
            return draft.prepend(rule.name, field_text(rule, message));
        case action::remove:
            for (auto& each : draft.fields()) {
                if (rule.is_about(each.name)) each.removed = true;
            }
            return;
    }
}

}  // namespace

void apply_field_rules(
    const config::header_rules& rules, const submission& message, header_draft& draft
) {
    const auto sender = message.reverse_path.text();
    const auto query = query_of(message, sender);
    for (const auto& rule : rules.all()) {
        if (!rule.matches(query)) continue;
        if (rule.needs_recipient() && message.recipients.size() != 1) continue;
        apply(rule, message, draft);
    }
}

std::string percent_encoded(std::string_view text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string encoded;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (base::is_alphanumeric(c) ||
            std::string_view("-._~").find(c) != std::string_view::npos) {
            encoded += c;
        } else {
            encoded += {'%', digits[byte >> 4], digits[byte & 0xf]};
        }
    }
    return encoded;
}

}  // namespace kurir::rewrite
