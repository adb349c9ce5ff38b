#include "dns/wire.hpp"

#include "relay/base/text.hpp"

namespace kurir::dns {
namespace {

constexpr std::size_t max_name = 253;  // as text, without the trailing dot

char name_char(std::uint8_t byte) noexcept {
    const char c = base::lower(static_cast<char>(byte));
    return base::is_alphanumeric(c) || c == '-' || c == '_' ? c : '?';
}

}  // namespace

std::optional<std::uint16_t> wire_reader::read_u16() noexcept {
    if (left() < 2) return {};
    const auto value = static_cast<std::uint16_t>(message_[at_] << 8 | message_[at_ + 1]);
    at_ += 2;
    return value;
}

std::optional<std::uint32_t> wire_reader::read_u32() noexcept {
    const auto high = read_u16();
    const auto low = read_u16();
    if (!high || !low) return {};
    return std::uint32_t{*high} << 16 | *low;
}

bool wire_reader::skip(std::size_t count) noexcept {
    if (left() < count) return false;
    at_ += count;
    return true;
}

std::optional<std::string> wire_reader::read_name() {
    std::string name;
    std::size_t at = at_;
    std::size_t after = 0;  // where reading goes on: behind the first pointer
    std::size_t lowest = at_;
    while (at < message_.size()) {
        const std::size_t length = message_[at];
        if (length == 0) {
            at_ = after != 0 ? after : at + 1;
            return name;
        }
        if (length >= 0xc0) {
            if (at + 1 >= message_.size()) return {};
            const std::size_t target = (length & 0x3f) << 8 | message_[at + 1];
            if (target >= lowest) return {};  // forwards or in a circle
            if (after == 0) after = at + 2;
            lowest = at = target;
            continue;
        }
        if (length > 63 || message_.size() - at - 1 < length) return {};
        if (!name.empty()) name += '.';
        if (name.size() + length > max_name) return {};
        for (const auto byte : message_.subspan(at + 1, length))
            name += name_char(byte);
        at += 1 + length;
    }
    return {};
}

}  // namespace kurir::dns
