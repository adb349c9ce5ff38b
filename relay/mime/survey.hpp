// What of some content a 7-bit transport can't carry, found while the content comes in. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace kurir::mime {

// A line without its CRLF (RFC 5321 section 4.5.3.1.6).
inline constexpr std::size_t line_max = 998;

class survey {
public:
    // The next bytes, however they are divided.
    void add(std::string_view chunk) noexcept;

    // A high byte, a NUL, a CR or LF alone, or a line over `line_max`: RFC 2045 section 2.7 lets
    // none of them stand in 7bit data.
    bool needs_encoding() const noexcept {
        return high_ + binary_ > 0 || carriage_return_ || longest_line() > line_max;
    }
    bool has_high() const noexcept { return high_ > 0; }

    // Quoted-printable takes no more room than base64, and there are no bytes that text has not.
    bool mostly_ascii() const noexcept;

    // High bytes are there, and all of them are UTF-8.
    bool is_utf8() const noexcept { return high_ > 0 && valid_ && awaited_ == 0; }

    std::size_t longest_line() const noexcept { return longest_ > line_ ? longest_ : line_; }

private:
    void add_high(unsigned char byte) noexcept;

    std::uint64_t total_ = 0;
    std::uint64_t high_ = 0;
    std::uint64_t binary_ = 0;  // NULs, and CRs and LFs alone
    std::uint64_t equals_ = 0;  // which quoted-printable escapes
    std::size_t line_ = 0;
    std::size_t longest_ = 0;
    bool carriage_return_ = false;  // the last byte
    bool valid_ = true;
    unsigned awaited_ = 0;  // bytes of a character of UTF-8
    unsigned char lowest_ = 0x80;
    unsigned char highest_ = 0xbf;
};

// Of text that is all there.
inline bool needs_encoding(std::string_view text) noexcept {
    survey found;
    found.add(text);
    return found.needs_encoding();
}

}  // namespace kurir::mime
