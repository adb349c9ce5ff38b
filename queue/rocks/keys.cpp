#include "queue/rocks/keys.hpp"

#include <algorithm>
#include <cassert>

namespace kurir::queue {

namespace {

constexpr std::size_t id_size = 8;
constexpr std::size_t index_size = 4;
constexpr std::size_t schedule_key_size = 8 + id_size + index_size;

std::uint64_t number(std::string_view big_endian) {
    std::uint64_t value = 0;
    for (const char c : big_endian)
        value = value << 8 | static_cast<unsigned char>(c);
    return value;
}

}  // namespace

key key::of_envelope(message_id id) {
    key made;
    made.add(id.value());
    return made;
}

key key::of_chunk(message_id id, std::uint32_t index) {
    key made = of_envelope(id);
    made.add(index);
    return made;
}

key key::of_recipient(message_id id, std::uint32_t index) {
    return of_chunk(id, index);
}

key key::of_schedule(time_point due, message_id id, std::uint32_t first_recipient) {
    key made;
    made.add(static_cast<std::uint64_t>(stored_due(due).time_since_epoch().count()));
    made.add(id.value());
    made.add(first_recipient);
    return made;
}

key key::of_entry(entry_id name, message_id id) {
    key made;
    made.add(name.number());
    made.add(id.value());
    made.add(name.part());
    return made;
}

key key::of_entry(const delivery& announced) {
    if (!announced.entry.is_given()) return of_new_entry(announced);
    return of_entry(announced.entry, announced.id);
}

key key::of_new_entry(const delivery& waiting) {
    assert(!waiting.recipients.empty());
    return of_schedule(waiting.due, waiting.id, waiting.recipients.front());
}

void key::add(std::uint64_t value) {
    for (int shift = 56; shift >= 0; shift -= 8)
        bytes_[size_++] = static_cast<char>(value >> shift);
}

void key::add(std::uint32_t value) {
    for (int shift = 24; shift >= 0; shift -= 8)
        bytes_[size_++] = static_cast<char>(value >> shift);
}

time_point stored_due(time_point due) {
    return std::max(due, time_point(std::chrono::milliseconds(1)));
}

entry_id name_of_entry(time_point due, std::uint32_t first_recipient) {
    const auto number = static_cast<std::uint64_t>(stored_due(due).time_since_epoch().count());
    return entry_id(number, first_recipient);
}

std::optional<schedule_key> parse_schedule_key(std::string_view bytes) {
    if (bytes.size() != schedule_key_size) return std::nullopt;
    const auto due = number(bytes.substr(0, 8));
    if (due > static_cast<std::uint64_t>(time_point::max().time_since_epoch().count())) {
        return std::nullopt;
    }
    return schedule_key{
        .due = time_point(std::chrono::milliseconds(due)),
        .id = message_id(number(bytes.substr(8, id_size))),
        .first_recipient = static_cast<std::uint32_t>(number(bytes.substr(8 + id_size))),
    };
}

std::optional<message_id> parse_id(std::string_view key) {
    if (key.size() != id_size && key.size() != id_size + index_size) return std::nullopt;
    return message_id(number(key.substr(0, id_size)));
}

std::uint32_t parse_index(std::string_view key) {
    return static_cast<std::uint32_t>(number(key.substr(id_size)));
}

}  // namespace kurir::queue
