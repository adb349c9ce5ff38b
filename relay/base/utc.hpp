// Points in time as text: in UTC, without locale.
#pragma once

#include <chrono>
#include <string>

namespace kurir::base {

// As `std::chrono::sys_seconds` and `sys_days`.
using sys_milliseconds = std::chrono::sys_time<std::chrono::milliseconds>;

// "2026-11-27T01:02:03Z".
std::string utc_text(sys_milliseconds time);

// "20261127T010203Z", for names of files.
std::string compact_utc_text(sys_milliseconds time);

// "Fri, 27 Nov 2026 01:02:03 +0000" (RFC 5322 section 3.3).
std::string mail_date(sys_milliseconds time);

// Appends "2026-11-27T01:02:03.004Z".
void append_exact_utc(std::string& output, sys_milliseconds time);

}  // namespace kurir::base
