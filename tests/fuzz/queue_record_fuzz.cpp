// Records of the queue: any bytes decode safely, what decodes is exactly what encoding writes, but
// for items of later versions, and what does not decode says why.
//
// The first byte says which record, the next eight the id. The checksum is put right, or the fuzzer
// would never get past it; the bytes as they are go through the same decoders first.
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "queue/codec.hpp"
#include "queue/rocks/keys.hpp"

namespace {

using namespace kurir::queue;

// As an earlier version writes it: with its number, and without the last bytes before the checksum.
std::string as_version(std::string record, char version, std::size_t without = 0) {
    record.front() = version;
    record.resize(record.size() - without - sizeof(std::uint32_t));
    seal(record);
    return record;
}

void check_error(const decode_error& error) {
    assert(!error.text.empty());
    assert(error.code == errc::corrupt || error.code == errc::newer);
}

void check_envelope(message_id id, std::string_view record) {
    const auto read = decode_envelope(id, record);
    if (!read.has_value()) return check_error(read.error());
    std::string again;
    encode(*read, again);
    again = as_version(std::move(again), record.front());
    if (again == record) return;
    // It had items that this version does not know; nothing else is left out.
    assert(again.size() < record.size());
    const auto rest = decode_envelope(id, again);
    assert(rest.has_value() && *rest == *read);
}

void check_delivery(message_id id, std::string_view record) {
    const auto read = decode_delivery(id, record);
    if (!read.has_value()) return check_error(read.error());
    std::string again;
    encode(*read, again);
    constexpr std::size_t priority_size = 1;  // which version 1 has not
    again = as_version(std::move(again), record.front(), record.front() == 1 ? priority_size : 0);
    assert(again == record);
}

void check_recipient(message_id id, std::uint32_t index, std::string_view record) {
    const auto read = decode_recipient(id, index, record);
    if (!read.has_value()) return check_error(read.error());
    std::string again;
    encode(id, *read, again);
    assert(as_version(std::move(again), record.front()) == record);
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

void check(std::uint8_t kind, message_id id, std::string_view record) {
    constexpr std::uint32_t index = 3;
    switch (kind % 6) {
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
