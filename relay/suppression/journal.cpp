#include "relay/suppression/journal.hpp"

#include <utility>

#include "queue/crc32c.hpp"
#include "relay/suppression/entry_codec.hpp"

namespace kurir::suppression {

namespace {

constexpr char puts = '+';
constexpr char removes = '-';

// The kind, the size of the payload, and the checksum of these and the payload.
constexpr std::size_t before_sum = 3;
constexpr std::size_t record_head_size = before_sum + 4;

void append_bytes(std::string& target, std::uint32_t number, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i)
        target += static_cast<char>((number >> (8 * i)) & 0xffU);
}

std::uint32_t number_in_block_at(
    std::string_view bytes, std::size_t place, std::size_t count
) noexcept {
    std::uint32_t number = 0;
    for (std::size_t i = 0; i < count; ++i)
        number |= std::uint32_t{static_cast<unsigned char>(bytes[place + i])} << (8 * i);
    return number;
}

void append(std::string& target, char kind, std::string_view payload) {
    std::string head(1, kind);
    append_bytes(head, static_cast<std::uint32_t>(payload.size()), 2);
    const auto sum = queue::crc32c(payload, queue::crc32c(head));
    target.append(head);
    append_bytes(target, sum, 4);
    target.append(payload);
}

std::optional<change> removal_of(std::string_view key) {
    const auto end = key.find('\n');
    if (end == std::string_view::npos) return std::nullopt;
    entry place{
        .subject = std::string(key.substr(0, end)), .tenant = std::string(key.substr(end + 1))
    };
    if (mistake_in(place)) return std::nullopt;
    return change{.what = std::move(place), .removes = true};
}

std::optional<change> change_of(char kind, std::string_view payload) {
    if (kind == removes) return removal_of(payload);
    auto read = unpack(payload);
    if (!read) return std::nullopt;
    return change{.what = std::move(*read)};
}

}  // namespace

bool change::apply(suppression_list& list) const {
    if (!removes) return list.put(what);
    list.remove(what.subject, what.tenant);
    return true;
}

void append_record(std::string& target, const change& change) {
    if (change.removes) {
        return append(target, removes, key_of(change.what.subject, change.what.tenant));
    }
    std::string packed;
    append_packed(packed, change.what);
    append(target, puts, packed);
}

void append_packed_record(std::string& target, std::string_view packed) {
    append(target, puts, packed);
}

void journal_reader::feed(std::string_view bytes) {
    kept_.append(bytes);
    look(false);
}

void journal_reader::end() {
    look(true);
}

void journal_reader::look(bool at_end) {
    std::string_view rest = kept_;
    if (offset_ == 0) {
        if (rest.size() < journal_head.size() && !at_end) return;
        if (rest.starts_with(journal_head)) {
            rest.remove_prefix(journal_head.size());
            good_size_ = journal_head.size();
        }
    }
    while (!rest.empty()) {
        std::size_t size = 1;
        const auto result = take_record(rest, size);
        if (result == found::more_needed && !at_end) break;
        const auto place = offset_ + (kept_.size() - rest.size());
        if (result == found::record) {
            damaged_ += place - good_size_;
            good_size_ = place + size;
        }
        rest.remove_prefix(result == found::record ? size : 1);
    }
    const auto looked_at = kept_.size() - rest.size();
    kept_.erase(0, looked_at);
    offset_ += looked_at;
}

journal_reader::found journal_reader::take_record(std::string_view bytes, std::size_t& size) {
    const char kind = bytes.front();
    if (kind != puts && kind != removes) return found::nothing;
    if (bytes.size() < record_head_size) return found::more_needed;
    const std::size_t payload_size = number_in_block_at(bytes, 1, 2);
    if (payload_size > packed_size_max) return found::nothing;
    if (bytes.size() < record_head_size + payload_size) return found::more_needed;
    const auto payload = bytes.substr(record_head_size, payload_size);
    const auto sum = queue::crc32c(payload, queue::crc32c(bytes.substr(0, before_sum)));
    if (sum != number_in_block_at(bytes, before_sum, 4)) return found::nothing;
    const auto read = change_of(kind, payload);
    if (!read) return found::nothing;
    take_(*read);
    ++records_;
    size = record_head_size + payload_size;
    return found::record;
}

}  // namespace kurir::suppression
