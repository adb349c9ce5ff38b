// Events as the lines that Postfix writes to syslog (KURIR_LOG_FORMAT=postfix), for the programs
// that read those: pflogsumm, fail2ban, crowdsec and others. Pure.
//
//   Jan 31 12:00:00 mail postfix/smtp[7]: 01ABC: to=<a@b>, relay=mx[192.0.2.1]:25, delay=0.5, …
//
// An event without such a line is not written here: see `line`.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "relay/base/utc.hpp"

namespace kurir::log {

// Who writes to syslog.
struct syslog_origin {
    std::string host = "localhost";
    long process = 1;
};

// A field with its value as notation::text. In no value does anything pass for a field.
struct shown_field {
    std::string_view key;
    std::string_view value;
};

struct occurrence {
    std::string_view name;  // of the event
    base::sys_milliseconds time;
    std::span<const shown_field> fields;
};

// What every line begins with: the local time, the host, the program and its process.
void append_syslog_prefix(
    std::string& output,
    base::sys_milliseconds time,
    const syslog_origin& origin,
    std::string_view program
);

// Appends the lines of the event, with a line end between them; nothing if Postfix has none.
void append_postfix_lines(
    std::string& output, const occurrence& event, const syslog_origin& origin
);

}  // namespace kurir::log
