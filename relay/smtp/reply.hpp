// An SMTP reply: code, enhanced status code and text (RFC 5321 section 4.2, RFC 2034, RFC 3463).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kurir::smtp {

// class.subject.detail of RFC 3463. Class 0 means: none.
struct enhanced_status {
    std::uint16_t klass = 0;
    std::uint16_t subject = 0;
    std::uint16_t detail = 0;

    constexpr explicit operator bool() const noexcept { return klass != 0; }
    bool operator==(const enhanced_status&) const = default;

    std::string text() const;  // "5.1.1"

    // The status at the start of `text`, if there is one: class 2, 4 or 5, other numbers at most
    // three digits, followed by a space or the end.
    static std::optional<enhanced_status> parse(std::string_view text) noexcept;
};

struct reply {
    int code = 0;                    // 200 to 599
    enhanced_status status;          // none for greeting, EHLO, HELO and 3yz
    std::vector<std::string> lines;  // text without code, status and CRLF; at least one to be sent

    // Received with lines that contradict each other, such as 550 and 250. Its meaning is not
    // known, so `code` is temporary, and no recipient counts as delivered or failed (C008).
    bool inconsistent = false;

    // 2 for 2yz, and so on: the digit on which RFC 5321 section 4.2.1 lets a client act.
    int severity() const noexcept { return code / 100; }

    // The reply as bytes for the wire, with CRLF; every line repeats code and status.
    std::string wire() const;

    // All lines joined by a space, for logs and diagnostics. Still untrusted.
    std::string joined() const;

    bool operator==(const reply&) const = default;
};

// A reply as people write it, such as "550 5.1.6 moved"; without a status it gets `status`. Nothing
// if it does not begin with a code and a blank.
std::optional<reply> parse_written_reply(std::string_view text, enhanced_status status);

}  // namespace kurir::smtp
