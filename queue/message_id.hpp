// The id of a message: short, sortable by time, never reused.
//
// 64 bits: milliseconds since 1970 shifted left by 20, plus a counter. As text it is 13 characters
// of Crockford's base 32 (no I, L, O, U), so that texts sort like ids. Every log line, trace header
// and reply about the message contains it.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace kurir::queue {

class message_id {
public:
    constexpr message_id() = default;
    constexpr explicit message_id(std::uint64_t value) : value_(value) {}

    // Nothing unless it is 13 digits of the alphabet that fit 64 bits; lower case is accepted.
    static std::optional<message_id> parse(std::string_view text) noexcept;

    std::string text() const;
    constexpr std::uint64_t value() const noexcept { return value_; }
    constexpr auto operator<=>(const message_id&) const = default;

private:
    std::uint64_t value_ = 0;
};

}  // namespace kurir::queue

template <>
struct std::hash<kurir::queue::message_id> {
    std::size_t operator()(kurir::queue::message_id id) const noexcept {
        return std::hash<std::uint64_t>{}(id.value());
    }
};
