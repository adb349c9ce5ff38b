// What `sendmail` makes of its standard input: a message as SMTP has it, and its recipients. Pure.
//
// Date and Message-ID are left to the relay, which adds what is missing, to all mail alike.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace kurir::app {

// With CRLF at each line's end, the last one's too. `dot_ends`: a line that is a dot alone, and
// what is behind it, is no part of the message.
std::string message_lines(std::string_view input, bool dot_ends);

// The recipients in To, Cc and Bcc, in their order; in a message that was sent on, those of its
// Resent- fields alone (RFC 5322 section 3.6.6). `readable`: all that stands there is addresses.
struct named_recipients {
    bool readable = true;
    std::vector<std::string> addresses = {};
};
named_recipients recipients_in(std::string_view message);

// Without Bcc and Resent-Bcc.
std::string without_blind_copies(std::string_view message);

// With a From field, if it has none: `name`, which may be empty, and `address`.
std::string with_author(std::string message, std::string_view name, std::string_view address);

}  // namespace kurir::app
