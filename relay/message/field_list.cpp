#include "relay/message/field_list.hpp"

#include <algorithm>

#include "relay/base/text.hpp"

namespace kurir::message {

std::vector<listed_field> fields_of(std::string_view message, const header_facts& facts) {
    std::vector<listed_field> fields;
    std::size_t at = facts.begin;
    while (at < facts.end) {
        const auto newline = message.find('\n', at);
        const auto next = newline >= facts.end ? facts.end : newline + 1;
        const auto line = message.substr(at, next - at);
        if (base::is_blank(line.front())) {
            if (!fields.empty() && fields.back().end == at) fields.back().end = next;
        } else if (const auto colon = line.find(':'); colon != std::string_view::npos) {
            const auto name = base::trimmed_back(line.substr(0, colon));
            fields.push_back({.name = name, .begin = at, .value = at + colon + 1, .end = next});
        }
        at = next;
    }
    return fields;
}

}  // namespace kurir::message
