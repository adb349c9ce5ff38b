// The bytes of a record, written and read field by field: numbers, texts, times, the checksum.
//
// A reader is bounded by the bytes it was given. It remembers the first error with the name of the
// field; everything after it reads as zero.
//
// Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "queue/error.hpp"
#include "queue/message.hpp"

namespace kurir::queue {

// Why a record does not decode: `errc::corrupt` or `errc::newer`, and what is wrong with which
// field.
struct decode_error {
    decode_error() = default;
    decode_error(errc reason, std::string problem = {}) : code(reason), text(std::move(problem)) {}

    errc code = errc::corrupt;
    std::string text;
};

// Called by `result::value` without a value.
[[noreturn]] inline void
throw_exception_from_error(const decode_error& error, const boost::source_location&) {
    throw std::runtime_error(error.text);
}

template <class T>
using decoded = result<T, decode_error>;

// Appends fields. Numbers in general are LEB128: seven bits a byte, lowest first.
class field_writer {
public:
    explicit field_writer(std::string& out) : out_(out) {}

    void byte(std::uint8_t value) { out_.push_back(static_cast<char>(value)); }

    template <class T>
    void fixed(T value) {
        static_assert(std::is_unsigned_v<T>);
        for (unsigned shift = 8 * sizeof(T); shift > 0;) {
            shift -= 8;
            byte(static_cast<std::uint8_t>(value >> shift));
        }
    }

    void number(std::uint64_t value) {
        for (; value > 0x7f; value >>= 7)
            byte(static_cast<std::uint8_t>(value | 0x80));
        byte(static_cast<std::uint8_t>(value));
    }

    void bytes(std::string_view value) { out_.append(value); }

    void text(std::string_view value) {
        number(value.size());
        bytes(value);
    }

    void time(time_point value) {
        fixed(static_cast<std::uint64_t>(value.time_since_epoch().count()));
    }

private:
    std::string& out_;
};

// Reads fields.
class field_reader {
public:
    explicit field_reader(std::string_view bytes) : rest_(bytes) {}

    std::uint8_t byte(const char* field) {
        if (rest_.empty()) {
            fail(field, "is missing");
            return 0;
        }
        const auto value = static_cast<std::uint8_t>(rest_.front());
        rest_.remove_prefix(1);
        return value;
    }

    template <class T>
    T fixed(const char* field) {
        T value = 0;
        for (std::size_t i = 0; i < sizeof(T); ++i)
            value = static_cast<T>(value << 8 | byte(field));
        return value;
    }

    template <class T = std::uint64_t>
    T number(const char* field) {
        return static_cast<T>(number_up_to(field, std::numeric_limits<T>::max()));
    }

    // Exactly `size` bytes.
    std::string_view bytes(const char* field, std::uint64_t size);

    // No longer than `size_max`.
    std::string text(
        const char* field, std::size_t size_max = std::numeric_limits<std::size_t>::max()
    );

    // All that is left, no longer than `size_max`.
    std::string rest(const char* field, std::size_t size_max) {
        check(rest_.size() <= size_max, field, "is too long");
        return std::string(std::exchange(rest_, {}));
    }

    time_point time(const char* field) {
        const auto value = static_cast<std::int64_t>(fixed<std::uint64_t>(field));
        return time_point(std::chrono::milliseconds(value));
    }

    // A number of elements that take at least one byte each.
    std::size_t count(const char* field);

    bool empty() const noexcept { return rest_.empty(); }
    std::string_view remaining() const noexcept { return rest_; }

    // Fails unless the condition holds.
    void check(bool holds, const char* field, const char* problem) {
        if (!holds) fail(field, problem);
    }
    // Fails unless this version knows the value: the checksum says that some program wrote it.
    void know(bool known, const char* field) {
        if (!known) fail(decode_error{errc::newer, std::string(field) + later_program});
    }
    // Fails if something is left.
    void end(const char* field) { check(rest_.empty(), field, "is too long"); }

    static constexpr const char* later_program = " is of a later program";

    void fail(const char* field, const char* problem) {
        if (good()) fail(decode_error{errc::corrupt, std::string(field) + ' ' + problem});
    }
    void fail(decode_error error);

    // An error has a text.
    bool good() const noexcept { return error_.text.empty(); }
    const decode_error& error() const noexcept { return error_; }

private:
    std::uint64_t number_up_to(const char* field, std::uint64_t max);

    std::string_view rest_;
    decode_error error_;
};

// Reads a whole record, after checking its checksum and that its version is at most `newest`.
class record_reader : public field_reader {
public:
    record_reader(std::string_view record, std::uint8_t newest);

    // Also checks that the record belongs to this message.
    record_reader(std::string_view record, message_id id, std::uint8_t newest);

    std::uint8_t version() const noexcept { return version_; }

private:
    std::uint8_t version_ = 0;
};

// Appends the checksum that makes `record` valid; also for tests that damage what it covers.
void seal(std::string& record);

}  // namespace kurir::queue
