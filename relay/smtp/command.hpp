// One command line as values (RFC 5321 section 4.1, RFC 1870, RFC 3030, RFC 6152, RFC 6531).
//
// Pure, and without copies if possible: views point into the given line. The dialogue decides what
// a command means, and whether it is allowed now.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "relay/smtp/address.hpp"
#include "relay/smtp/verbs.hpp"

namespace kurir::smtp {

struct command {
    verb name = verb::unknown;
    std::string_view word;      // the verb as it was written
    std::string_view argument;  // the text after it, without white space around it
};

// Reads a line without its line end. Any bytes are allowed: see `has_control`.
command parse_command(std::string_view line) noexcept;

// A byte that no command may contain: a control character other than a tab.
bool has_control(std::string_view line) noexcept;

// "KEYWORD" or "KEYWORD=value" behind a path.
struct parameter {
    std::string_view keyword;  // as written; compare ignoring case
    std::optional<std::string_view> value;
};

// The argument of MAIL or RCPT.
struct path_argument {
    enum class problem : std::uint8_t { none, syntax, path, parameter };

    problem wrong = problem::none;
    address_error path_error = address_error::syntax;  // if `wrong` is `path`
    path address;  // may have UTF-8, with or without SMTPUTF8; liberal: may lack a full domain
    std::vector<parameter> parameters;
};

// "FROM:<path> parameters" and "TO:<path> parameters". White space before the path is tolerated, as
// a submission service may (S014).
path_argument parse_mail_argument(std::string_view argument, grammar rules);
path_argument parse_rcpt_argument(std::string_view argument, grammar rules);

// The argument of BDAT (RFC 3030 section 2).
struct chunk_argument {
    std::uint64_t size = 0;
    bool last = false;
    bool operator==(const chunk_argument&) const = default;
};

// Nothing unless it is digits that fit 64 bits, and perhaps " LAST" in any case.
std::optional<chunk_argument> parse_bdat_argument(std::string_view argument) noexcept;

// The value of SIZE: one to twenty digits (RFC 1870 section 6.1). A number that does not fit 64
// bits becomes the largest that does.
std::optional<std::uint64_t> parse_size(std::string_view digits) noexcept;

}  // namespace kurir::smtp
