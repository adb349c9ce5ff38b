// What the header of a part says about its body (RFC 2045 sections 5 and 6). Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace kurir::mime {

enum class transfer_encoding : std::uint8_t {
    none,  // no field
    seven_bit,
    eight_bit,  // 8bit or binary
    quoted_printable,
    base64,
    unofficial,  // an encoding for those who know it, such as x-uuencode (RFC 2045 section 6.3)
    unknown,     // no encoding, such as "8-bit" or "utf-8": readers take the body as it is
};

struct content_head {
    bool has_type = false;     // a Content-Type field
    bool has_version = false;  // a MIME-Version field
    std::string type = {};     // "text/plain", in lower case; empty: none that is valid
    std::string boundary = {};
    std::string charset = {};  // one that encoded words may name, else empty
    transfer_encoding encoding = transfer_encoding::none;

    // The body has to be decoded before it is read.
    bool is_encoded() const noexcept {
        return encoding == transfer_encoding::quoted_printable ||
               encoding == transfer_encoding::base64 || encoding == transfer_encoding::unofficial;
    }

    bool is(std::string_view main) const noexcept {
        return type.starts_with(main) && type.size() > main.size() && type[main.size()] == '/';
    }
};

// A longer one is none: readers differ about what they do with it.
inline constexpr std::size_t boundary_max = 800;

// Takes one more field of the header, with its continuation lines. Of fields of one name the first
// counts.
void read_field(content_head& head, std::string_view field);

// The name of a field; empty: there is none.
std::string_view field_name(std::string_view field) noexcept;

}  // namespace kurir::mime
