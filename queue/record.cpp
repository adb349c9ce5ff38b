#include "queue/record.hpp"

#include "queue/crc32c.hpp"

namespace kurir::queue {

namespace {

constexpr std::size_t checksum_size = sizeof(std::uint32_t);

// The fields of a record: nothing if its checksum is wrong.
std::string_view fields_of(std::string_view record) {
    if (record.size() <= checksum_size) return {};
    const auto fields = record.substr(0, record.size() - checksum_size);
    field_reader checksum(record.substr(fields.size()));
    const bool right = checksum.fixed<std::uint32_t>("checksum") == crc32c(fields);
    return right ? fields : std::string_view();
}

}  // namespace

std::string_view field_reader::bytes(const char* field, std::uint64_t size) {
    check(size <= rest_.size(), field, "is longer than the record");
    if (!good()) return {};
    const auto value = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return value;
}

std::string field_reader::text(const char* field, std::size_t size_max) {
    const auto size = number(field);
    check(size <= size_max, field, "is too long");
    return std::string(bytes(field, size));
}

std::size_t field_reader::count(const char* field) {
    const auto count = number(field);
    check(count <= rest_.size(), field, "is more than the record holds");
    return good() ? static_cast<std::size_t>(count) : 0;
}

void field_reader::fail(decode_error error) {
    if (!good()) return;
    error_ = std::move(error);
    rest_ = {};
}

std::uint64_t field_reader::number_up_to(const char* field, std::uint64_t max) {
    constexpr unsigned shift_max = 63;
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift <= shift_max; shift += 7) {
        const std::uint64_t digit = byte(field);
        value |= (digit & 0x7f) << shift;
        if ((digit & 0x80) != 0) continue;
        // One way to write each number: no empty last digit, no bits beyond the highest.
        const bool shortest = digit != 0 || shift == 0;
        check(shortest && (shift < shift_max || digit <= 1), field, "is not a number");
        check(value <= max, field, "is too large");
        return good() ? value : 0;
    }
    fail(field, "is not a number");
    return 0;
}

record_reader::record_reader(std::string_view record, std::uint8_t newest)
    : field_reader(fields_of(record)) {
    check(!empty(), "checksum", "is wrong");
    version_ = byte("version");
    check(version_ != 0, "version", "is zero");
    if (version_ > newest) {
        fail(decode_error{errc::newer, "version " + std::to_string(version_) + later_program});
    }
}

record_reader::record_reader(std::string_view record, message_id id, std::uint8_t newest)
    : record_reader(record, newest) {
    check(fixed<std::uint64_t>("id") == id.value(), "id", "is another message's");
}

void seal(std::string& record) {
    const std::uint32_t checksum = crc32c(record);
    for (int shift = 24; shift >= 0; shift -= 8)
        record.push_back(static_cast<char>(checksum >> shift));
}

}  // namespace kurir::queue
