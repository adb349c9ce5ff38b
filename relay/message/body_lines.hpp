// Lines of a message's body that are longer than a limit. Pure.
//
// Lines of the header are not limited: `KURIR_MAX_HEADER_SIZE` bounds them all together, and
// clients write lists of addresses, references or JSON (X-SMTPAPI) into one line. Lines over 998
// octets are passed on unchanged, in header and body, because folding breaks signatures.
#pragma once

#include <cstddef>
#include <string_view>

namespace kurir::message {

class body_lines {
public:
    // `limit`: bytes of a line without its CRLF.
    explicit body_lines(std::size_t limit) noexcept : limit_(limit) {}

    // `more` continues the bytes of earlier calls; its lines end in CRLF. True if a line is too
    // long.
    bool too_long(std::string_view more) noexcept;

private:
    std::size_t limit_;
    std::size_t open_ = 0;  // bytes of the line that has not ended
};

}  // namespace kurir::message
