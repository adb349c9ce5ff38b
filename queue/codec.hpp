// Records of the store: values to bytes and back.
//
// Each record begins with the version of its kind and the id of its message, and ends with a
// CRC-32C of everything before. So a record can be checked to be complete and under its own key
// without trusting RocksDB (decision 1). Decoding is bounded by the given bytes and accepts
// exactly what encoding writes, or wrote in an earlier version, and items of later versions
// (`items.hpp`). `FORMAT.md` has the layout.
//
// Pure.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "queue/message.hpp"
#include "queue/record.hpp"

namespace kurir::queue {

// The version of the whole queue. It increases whenever any record changes, so that an earlier
// version of the program refuses a queue that it can't read.
inline constexpr std::uint8_t format_version = 3;

// What the store knows about one recipient. Without a record, it was never tried.
struct recipient_record {
    bool finished = false;
    recipient_state state;  // if not finished; `index` always
    bool operator==(const recipient_record&) const = default;
};

// Encoders replace the content of `out`, to reuse its memory.
void encode(const envelope& mail, std::string& out);
void encode(const delivery& waiting, std::string& out);
void encode(message_id id, const recipient_record& record, std::string& out);

// `errc::corrupt` for anything that `encode` did not write for this message; `errc::newer` if a
// later version wrote it, and this one can't do without what it does not understand.
//
// Unknown optional items are kept in records that are written again (entries, recipients' states),
// and dropped from the others.
decoded<envelope> decode_envelope(message_id id, std::string_view record);
decoded<recipient_record> decode_recipient(
    message_id id, std::uint32_t index, std::string_view record
);

// `due` and `entry` are not in the record but in its key. A record of version 1 has no priority and
// counts as normal.
decoded<delivery> decode_delivery(message_id id, std::string_view record);

// A body chunk is written as three pieces, so that its bytes are not copied.
struct chunk_frame {
    chunk_frame(message_id id, std::uint32_t index, std::string_view bytes);
    std::array<char, 13> head;
    std::array<char, 4> tail;
};
decoded<std::string_view> decode_chunk(message_id id, std::uint32_t index, std::string_view record);

// Numbers of the store itself, such as its totals: without message and id.
void encode_numbers(std::initializer_list<std::uint64_t> numbers, std::string& out);
std::optional<std::vector<std::uint64_t>> decode_numbers(
    std::string_view record, std::size_t count
);

}  // namespace kurir::queue
