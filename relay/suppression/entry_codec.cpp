#include "relay/suppression/entry_codec.hpp"

#include <algorithm>
#include <limits>

namespace kurir::suppression {

namespace {

constexpr char key_separator = '\n';

// The places of the head's numbers, little-endian.
constexpr std::size_t at_origin = 0;
constexpr std::size_t at_added = 1;
constexpr std::size_t at_expires = 5;  // 0: never
constexpr std::size_t at_key_size = 9;
constexpr std::size_t at_name_size = 11;
constexpr std::size_t at_reason_size = 12;
static_assert(at_reason_size + 2 == packed_head_size);

void append_number(std::string& target, std::uint32_t number, std::size_t bytes) {
    for (std::size_t i = 0; i < bytes; ++i)
        target += static_cast<char>((number >> (8 * i)) & 0xffU);
}

std::uint32_t number_at(std::string_view bytes, std::size_t place, std::size_t size) noexcept {
    std::uint32_t number = 0;
    for (std::size_t i = 0; i < size; ++i)
        number |= std::uint32_t{static_cast<unsigned char>(bytes[place + i])} << (8 * i);
    return number;
}

std::uint32_t stored(seconds_time time) noexcept {
    constexpr std::int64_t last = std::numeric_limits<std::uint32_t>::max();
    return static_cast<std::uint32_t>(
        std::clamp<std::int64_t>(time.time_since_epoch().count(), 0, last)
    );
}

seconds_time time_at(std::string_view bytes, std::size_t place) noexcept {
    return seconds_time(std::chrono::seconds(number_at(bytes, place, 4)));
}

std::size_t key_size(std::string_view bytes) noexcept {
    return number_at(bytes, at_key_size, 2);
}

}  // namespace

std::string key_of(std::string_view subject, std::string_view tenant) {
    std::string key(subject);
    return key.append(1, key_separator).append(tenant);
}

void append_packed(std::string& target, const entry& entry) {
    const auto key = key_of(entry.subject, entry.tenant);
    target += static_cast<char>(entry.origin);
    append_number(target, stored(entry.added_at), 4);
    // A time at the epoch or before is over, and 0 is "never".
    append_number(target, entry.expires_at ? std::max(stored(*entry.expires_at), 1U) : 0, 4);
    append_number(target, static_cast<std::uint32_t>(key.size()), 2);
    append_number(target, static_cast<std::uint32_t>(entry.added_by.size()), 1);
    append_number(target, static_cast<std::uint32_t>(entry.reason.size()), 2);
    target.append(key).append(entry.added_by).append(entry.reason);
}

std::string_view packed_key(std::string_view bytes) noexcept {
    return bytes.substr(packed_head_size, key_size(bytes));
}

std::size_t packed_size(std::string_view bytes) noexcept {
    return packed_head_size + key_size(bytes) + number_at(bytes, at_name_size, 1) +
           number_at(bytes, at_reason_size, 2);
}

bool packed_counts_at(std::string_view bytes, seconds_time now) noexcept {
    return number_at(bytes, at_expires, 4) == 0 || now < time_at(bytes, at_expires);
}

std::optional<entry> unpack(std::string_view bytes) {
    if (bytes.size() < packed_head_size || bytes.size() != packed_size(bytes)) return std::nullopt;
    if (packed_key(bytes).find(key_separator) == std::string_view::npos) return std::nullopt;
    if (number_at(bytes, at_origin, 1) > static_cast<std::uint32_t>(origin::imported)) {
        return std::nullopt;
    }
    auto read = unpack_first(bytes);
    if (mistake_in(read)) return std::nullopt;
    return read;
}

entry unpack_first(std::string_view bytes) {
    const auto key = packed_key(bytes);
    const auto names = bytes.substr(packed_head_size + key.size());
    const auto name_size = number_at(bytes, at_name_size, 1);
    const auto separator = key.find(key_separator);
    entry read{
        .subject = std::string(key.substr(0, separator)),
        .tenant = std::string(key.substr(separator + 1)),
        .reason = std::string(names.substr(name_size, number_at(bytes, at_reason_size, 2))),
        .added_by = std::string(names.substr(0, name_size)),
        .origin = static_cast<origin>(number_at(bytes, at_origin, 1)),
        .added_at = time_at(bytes, at_added),
    };
    if (number_at(bytes, at_expires, 4) != 0) read.expires_at = time_at(bytes, at_expires);
    return read;
}

}  // namespace kurir::suppression
