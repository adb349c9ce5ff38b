#include "queue/message_id.hpp"

#include <array>
#include <cstddef>

namespace kurir::queue {

namespace {

constexpr std::string_view digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr std::size_t length = 13;
constexpr unsigned bits_per_digit = 5;
constexpr unsigned digit_mask = (1U << bits_per_digit) - 1;

constexpr std::uint8_t no_digit = 0xff;

constexpr std::array<std::uint8_t, 256> values = [] {
    std::array<std::uint8_t, 256> table{};
    table.fill(no_digit);
    for (std::size_t i = 0; i < digits.size(); ++i) {
        const auto upper = static_cast<unsigned char>(digits[i]);
        table[upper] = static_cast<std::uint8_t>(i);
        if (upper >= 'A') table[upper + ('a' - 'A')] = static_cast<std::uint8_t>(i);
    }
    return table;
}();

}  // namespace

std::optional<message_id> message_id::parse(std::string_view text) noexcept {
    if (text.size() != length) return std::nullopt;
    // 13 digits hold 65 bits: the first must leave the highest one clear.
    if (values[static_cast<unsigned char>(text[0])] > digit_mask / 2) return std::nullopt;
    std::uint64_t value = 0;
    for (const char c : text) {
        const std::uint8_t digit = values[static_cast<unsigned char>(c)];
        if (digit == no_digit) return std::nullopt;
        value = value << bits_per_digit | digit;
    }
    return message_id(value);
}

std::string message_id::text() const {
    std::string text(length, '0');
    std::uint64_t rest = value_;
    for (std::size_t i = length; i-- > 0; rest >>= bits_per_digit)
        text[i] = digits[rest & digit_mask];
    return text;
}

}  // namespace kurir::queue
