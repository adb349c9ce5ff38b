#include "relay/rewrite/header_draft.hpp"

#include <utility>

#include "relay/base/text.hpp"
#include "relay/message/field_list.hpp"

namespace kurir::rewrite {

header_draft::header_draft(std::string_view message, const message::header_facts& facts)
    : message_(message), begin_(facts.begin), end_(facts.begin) {
    for (const auto& each : message::fields_of(message, facts)) {
        fields_.push_back({
            .name = std::string(each.name),
            .begin = each.begin,
            .value = each.value,
            .end = each.end,
        });
        end_ = each.end;
    }
}

std::string_view header_draft::value_of(const draft_field& field) const noexcept {
    return message_.substr(field.value, field.end - field.value);
}

std::vector<draft_field*> header_draft::named(std::string_view name) {
    std::vector<draft_field*> found;
    for (auto& each : fields_) {
        const bool is_it = !each.removed && each.name.size() == name.size() &&
                           base::equal_ignoring_case(each.name, name);
        if (is_it) found.push_back(&each);
    }
    return found;
}

void header_draft::prepend(std::string name, std::string text) {
    fields_.insert(
        fields_.begin(),
        {.name = std::move(name), .begin = begin_, .end = begin_, .text = std::move(text)}
    );
}

void header_draft::append(std::string name, std::string text) {
    fields_.push_back({.name = std::move(name), .begin = end_, .end = end_, .text = std::move(text)}
    );
}

void header_draft::set(std::string_view name, std::string text) {
    const auto all = named(name);
    if (all.empty()) return append(std::string(name), std::move(text));
    for (auto* each : all)
        each->removed = true;
    all.front()->removed = false;
    all.front()->text = std::move(text);
}

std::vector<message::header_change> header_draft::changes() const {
    std::vector<message::header_change> all;
    for (const auto& each : fields_) {
        const bool is_new = each.begin == each.end;
        if (each.removed) {
            if (!is_new) all.push_back({each.begin, each.end, {}});
        } else if (!each.text.empty()) {
            all.push_back({each.begin, each.end, each.text});
        } else {
            all.insert(all.end(), each.edits.begin(), each.edits.end());
        }
    }
    return all;
}

void edit_value(draft_field& field, const std::vector<message::address_change>& changes) {
    for (const auto& each : changes)
        field.edits.push_back({field.value + each.begin, field.value + each.end, each.text});
}

}  // namespace kurir::rewrite
