// Mailboxes and paths as the standard writes them (RFC 5321 section 4.1.2, RFC 6531 section 3.3).
// liberal_path.hpp reads the forms that clients which may relay use.
//
// RFC 5321 4.5.3.1 gives sizes that must be accepted, not limits: VERP, SRS and reply tokens often
// make longer local-parts. The command line's length is the only limit.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "relay/smtp/domain.hpp"

namespace kurir::smtp {

// The mistake in an address, for the choice between 5.1.3, 5.1.7, 5.6.7 and so on.
enum class address_error : std::uint8_t {
    syntax,           // does not follow the grammar
    too_long,         // the domain is over 255 bytes
    unqualified,      // a domain is missing (only <Postmaster> may do without)
    utf8_not_allowed  // bytes above 0x7f without SMTPUTF8
};

// A parsed mailbox. `local_part` keeps its bytes (quoted or not, with minimum quoting when it was
// quoted); `domain` is lower case, a domain with U-labels is mapped (UTS 46) and converted to
// A-labels.
struct mailbox {
    std::string local_part;
    std::string domain;  // "example.org", "[192.0.2.1]" or "[IPv6:2001:db8::1]"
    bool utf8 = false;   // local-part or domain as given had bytes above 0x7f

    std::string text() const { return local_part + '@' + domain; }
    bool operator==(const mailbox&) const = default;
};

struct path {
    std::optional<mailbox> address;  // none: the null reverse-path, or <Postmaster>
    bool postmaster = false;         // <Postmaster> without domain, any case
    std::string text() const {
        return address ? address->text() : std::string(postmaster ? "Postmaster" : "");
    }
    bool operator==(const path&) const = default;
};

template <class T>
struct parsed {
    std::optional<T> value;
    address_error error = address_error::syntax;  // if there is no value
    std::size_t consumed = 0;                     // bytes of the input that the value took
    explicit operator bool() const noexcept { return value.has_value(); }
};

template <class T>
parsed<T> failure(address_error error) {
    parsed<T> result;
    result.error = error;
    return result;
}

// Reads "<...>" at the start of `text`. Source routes are accepted and dropped.
parsed<path> parse_reverse_path(std::string_view text, bool allow_utf8);
parsed<path> parse_forward_path(std::string_view text, bool allow_utf8);

// A mailbox without angle brackets, all of `text`.
parsed<mailbox> parse_mailbox(std::string_view text, bool allow_utf8);

}  // namespace kurir::smtp
