// The keys of the store, built on the stack; `queue/FORMAT.md` lists them.
//
// Numbers are big-endian, so that the order of keys is the order of times and ids.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "queue/message.hpp"

namespace kurir::queue {

// A key of up to 20 bytes.
class key {
public:
    static key of_envelope(message_id id);
    static key of_chunk(message_id id, std::uint32_t index);
    static key of_recipient(message_id id, std::uint32_t index);
    static key of_schedule(time_point due, message_id id, std::uint32_t first_recipient);

    // The schedule entry that an announced delivery has, and the one that a new delivery will get.
    static key of_entry(entry_id name, message_id id);
    static key of_entry(const delivery& announced);
    static key of_new_entry(const delivery& waiting);

    std::string_view bytes() const noexcept { return {bytes_.data(), size_}; }

private:
    void add(std::uint64_t number);
    void add(std::uint32_t number);

    std::array<char, 20> bytes_{};
    std::size_t size_ = 0;
};

// The stored due time of a delivery that is due at `due`: never before 1970, because the bytes
// would not sort, and never zero, because names of entries are not.
time_point stored_due(time_point due);

// The name of an entry: what its key has beside the message's id.
entry_id name_of_entry(time_point due, std::uint32_t first_recipient);

struct schedule_key {
    time_point due{};
    message_id id;
    std::uint32_t first_recipient = 0;
};

std::optional<schedule_key> parse_schedule_key(std::string_view bytes);

// The message that a key of `envelope`, `body` or `recipient` belongs to.
std::optional<message_id> parse_id(std::string_view key);

// The last four bytes: chunk number or recipient.
std::uint32_t parse_index(std::string_view key);

}  // namespace kurir::queue
