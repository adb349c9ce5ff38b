// The addresses in the From fields of a message, for judging who it claims to be from. Pure.
//
// All of them, of all From fields: of several mailboxes, of groups, and also an address in a
// display name without quotes ("a@b.org <c@d.org>"), because some reader may show any of them. What
// stands in quotes or in a comment is a name (mailbox_list.hpp). What is not a list of addresses by
// RFC 5322 can't be judged.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "relay/message/header_scan.hpp"
#include "relay/message/mailbox_list.hpp"
#include "relay/smtp/address.hpp"

namespace kurir::message {

// More than these, or fields larger than this in all, can't be judged either.
inline constexpr std::size_t authors_max = 1000;
inline constexpr std::size_t author_fields_size_max = 64UL * 1024;

struct authors {
    bool readable = true;                // all that stands there was understood
    std::vector<std::string> addresses;  // local-part@domain, as in an envelope; empty: none
};

// `message` begins with the header that `header` describes. `local_domain` completes addresses as
// it does in the envelope; if it is empty, those without a full domain are not readable.
authors authors_of(
    std::string_view message, const header_facts& header, std::string_view local_domain
);

// Those in the value of one field, which may be folded.
authors authors_in(std::string_view value, std::string_view local_domain);

// The address of a mailbox found in `value`, in the form that the envelope has, so that both are
// judged alike. Nothing if it is no address that an envelope may have, or lacks a domain and there
// is no local one.
std::optional<smtp::mailbox> address_of(
    const found_mailbox& found, std::string_view value, std::string_view local_domain
);

}  // namespace kurir::message
