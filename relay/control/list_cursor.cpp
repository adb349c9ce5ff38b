#include "relay/control/list_cursor.hpp"

#include <cstdint>

#include "relay/base/text.hpp"

namespace kurir::control {

std::string text_of(const list_cursor& cursor) {
    if (!cursor.other) return std::to_string(cursor.item);
    return cursor.other->id.text() + '.' + std::to_string(cursor.other->entry.number());
}

std::optional<list_cursor> list_cursor_named(std::string_view text) {
    const auto dot = text.find('.');
    if (dot == std::string_view::npos) {
        const auto item = base::parse_number<queue::backlog::slot>(text);
        return item ? std::optional(list_cursor{.item = *item}) : std::nullopt;
    }
    const auto id = queue::message_id::parse(text.substr(0, dot));
    const auto number = base::parse_number<std::uint64_t>(text.substr(dot + 1));
    if (!id || !number) return std::nullopt;
    return list_cursor{.other = queue::entry_name{*id, queue::entry_id(*number)}};
}

}  // namespace kurir::control
