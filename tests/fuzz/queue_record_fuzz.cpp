// Records of the queue: any bytes decode safely, and what decodes is exactly what encoding writes.
//
// The first byte says which record, the next eight the id. The checksum is put right, or the fuzzer
// would never get past it; the bytes as they are go through the same decoders first.
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "queue/codec.hpp"
#include "queue/rocks/keys.hpp"

namespace {

using namespace kurir::queue;

void check_envelope(message_id id, std::string_view record) {
    const auto read = decode_envelope(id, record);
    if (!read.has_value()) return;
    std::string again;
    encode(*read, again);
    assert(again == record);
}

void check_delivery(message_id id, std::string_view record) {
    const auto read = decode_delivery(id, record);
    if (!read.has_value()) return;
    std::string again;
    encode(*read, again);
    if (record.front() == 1) {
        // Version 1 is the same without the priority, which is the last byte before the checksum.
        constexpr std::size_t behind = 1 + 4;
        again.front() = 1;
        again.resize(again.size() - behind);
        seal(again);
    }
    assert(again == record);
}

void check_recipient(message_id id, std::uint32_t index, std::string_view record) {
    const auto read = decode_recipient(id, index, record);
    if (!read.has_value()) return;
    std::string again;
    encode(id, *read, again);
    assert(again == record);
}

void check_chunk(message_id id, std::uint32_t index, std::string_view record) {
    const auto read = decode_chunk(id, index, record);
    if (!read.has_value()) return;
    const chunk_frame frame(id, index, *read);
    std::string again(frame.head.begin(), frame.head.end());
    again += *read;
    again.append(frame.tail.begin(), frame.tail.end());
    assert(again == record);
}

void check_key(std::string_view bytes) {
    const auto read = parse_schedule_key(bytes);
    if (!read || read->due.time_since_epoch().count() == 0) return;
    assert(key::of_schedule(read->due, read->id, read->first_recipient).bytes() == bytes);
}

void check(std::uint8_t which, message_id id, std::string_view record) {
    constexpr std::uint32_t index = 3;
    switch (which % 6) {
        case 0:
            return check_envelope(id, record);
        case 1:
            return check_delivery(id, record);
        case 2:
            return check_recipient(id, index, record);
        case 3:
            return check_chunk(id, index, record);
        case 4:
            return check_key(record);
        default:
            (void)decode_numbers(record, 3);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    constexpr std::size_t prefix = 9;
    if (size < prefix) return 0;
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const auto id = parse_id(input.substr(1, prefix - 1)).value();
    std::string record(input.substr(prefix));
    check(data[0], id, record);
    seal(record);
    check(data[0], id, record);
    return 0;
}
