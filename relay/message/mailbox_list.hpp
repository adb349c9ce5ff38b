// The mailboxes in a field of addresses, and where they stand (RFC 5322 section 3.4): in lists and
// groups, with display names, comments and obsolete routes. Pure.
//
// An address in a display name without quotes ("a@b.org <c@d.org>") is reported too, because some
// reader may show it. What stands in quotes or in a comment is a name. Encoded words are never
// decoded: within an address the standard forbids them (RFC 2047 section 5), and programs that
// decode them there have shown other senders than the real one.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "relay/message/address_tokens.hpp"

namespace kurir::message {

struct found_mailbox {
    address_token local;
    address_token domain;  // kind `end`: there is none, as in "root"
    bool in_name = false;  // in a display name
};

struct mailbox_list {
    bool readable = true;  // all that stands there was understood
    std::vector<found_mailbox> mailboxes;
};

// `value` is that of a field, and may be folded. With more than `most` of them it is not readable.
mailbox_list mailboxes_in(std::string_view value, std::size_t most);

}  // namespace kurir::message
