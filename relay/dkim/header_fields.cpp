#include "relay/dkim/header_fields.hpp"

#include <algorithm>

#include "relay/base/text.hpp"

namespace kurir::dkim {

namespace {

// Empty if `line` begins no field. White space before the colon is obsolete and legal.
std::string_view name_in(std::string_view line) noexcept {
    const auto colon = line.find(':');
    if (colon == line.npos) return {};
    const auto name = base::trimmed_back(line.substr(0, colon));
    return is_field_name(name) ? name : std::string_view();
}

}  // namespace

bool is_field_name(std::string_view text) noexcept {
    return !text.empty() && std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7f; });
}

std::vector<field> fields_of(std::string_view header) {
    std::vector<field> fields;
    bool continues = false;
    while (!header.empty()) {
        const auto size = std::min(header.find("\r\n"), header.size() - 1) + 1;
        const auto line = header.substr(0, std::min(size + 1, header.size()));
        header.remove_prefix(line.size());
        if (line == "\r\n") break;
        if (base::is_blank(line.front())) {
            if (!continues) continue;
            auto& text = fields.back().text;
            text = {text.data(), text.size() + line.size()};
            continue;
        }
        const auto name = name_in(line);
        continues = !name.empty();
        if (continues) fields.push_back({.name = name, .text = line});
    }
    return fields;
}

field_stack::field_stack(const std::vector<field>& fields) {
    for (const auto& each : fields)
        by_name_[base::lowered(each.name)].push_back(&each);
}

std::size_t field_stack::count(std::string_view name) const {
    const auto found = by_name_.find(base::lowered(name));
    return found == by_name_.end() ? 0 : found->second.size();
}

const field* field_stack::pop(std::string_view name) {
    const auto found = by_name_.find(base::lowered(name));
    if (found == by_name_.end() || found->second.empty()) return nullptr;
    const auto* const last = found->second.back();
    found->second.pop_back();
    return last;
}

}  // namespace kurir::dkim
