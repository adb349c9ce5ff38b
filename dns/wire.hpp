// A bounded reader of DNS messages (RFC 1035 section 4).
//
// Every read returns whether it succeeded; after a failure the position is undefined.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace kurir::dns {

class wire_reader {
public:
    explicit wire_reader(std::span<const std::uint8_t> message) : message_(message) {}

    std::size_t position() const noexcept { return at_; }
    std::size_t left() const noexcept { return message_.size() - at_; }

    std::optional<std::uint16_t> read_u16() noexcept;
    std::optional<std::uint32_t> read_u32() noexcept;

    // A name in lower case without trailing dot, "" for the root. Pointers must lead backwards, so
    // reading always ends. A byte that no mail domain has becomes '?', so that the name matches
    // nothing.
    std::optional<std::string> read_name();

    // Skips `count` bytes.
    bool skip(std::size_t count) noexcept;

    std::span<const std::uint8_t> bytes(std::size_t offset, std::size_t count) const noexcept {
        return message_.subspan(offset, count);
    }

private:
    std::span<const std::uint8_t> message_;
    std::size_t at_ = 0;
};

}  // namespace kurir::dns
