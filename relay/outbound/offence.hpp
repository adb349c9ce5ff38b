// What a server said instead of what it should have said, for logs and reports.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "relay/outbound/printable.hpp"
#include "relay/smtp/reply.hpp"

namespace kurir::outbound {

// Bytes of an offending line that are kept.
inline constexpr std::size_t offence_max = 100;

inline std::string offending_line(std::string_view line) {
    return '"' + printable(line.substr(0, offence_max)) + '"';
}

inline std::string offending_line(const smtp::reply& said) {
    std::string line = std::to_string(said.code) + ' ';
    if (said.status) line += said.status.text() + ' ';
    return offending_line(line + said.joined());
}

}  // namespace kurir::outbound
