// Why a database did not do what it was asked.
#pragma once

#include <boost/assert/source_location.hpp>

#include <cstdint>
#include <string>
#include <string_view>

#include "queue/error.hpp"
#include "relay/base/result.hpp"

namespace kurir::queue::postgres {

// What a caller can do about it.
enum class trouble : std::uint8_t {
    disconnected,  // there is no connection any more: whether a COMMIT took effect is unknown
    conflict,      // with another transaction: try it again
    full,          // no space or no memory on the server: try it again later
    failing,       // it took too long, or the server's disk fails: try it again later
    refused,       // anything else: the same again would fail again
};

struct sql_error {
    trouble kind = trouble::refused;
    std::string state;  // SQLSTATE, five characters; empty if the server did not answer
    std::string text;   // one line, printable
};

// Sorts a server's error by its SQLSTATE (PostgreSQL's appendix A).
trouble trouble_of(std::string_view state) noexcept;

// The same as the store's callers know it.
errc errc_of(const sql_error& error) noexcept;

// `text` in one line: control characters are spaces, none at the ends.
std::string one_line(std::string_view text);

// Called by `result::value` without a value.
[[noreturn]] void throw_exception_from_error(const sql_error& error, const boost::source_location&);

template <class T>
using answer = base::result<T, sql_error>;

}  // namespace kurir::queue::postgres
