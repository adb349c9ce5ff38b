// Domain names and address literals (RFC 5321 sections 4.1.2 and 4.1.3, IDNA2008).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace kurir::smtp {

// How a client's words are read. Strangers must follow the standard, because strictness stops
// smuggling. Clients that may relay get the tolerance of other submission servers.
enum class grammar : std::uint8_t { strict, liberal };

inline constexpr std::size_t domain_max = 255;  // RFC 1035 2.3.4
inline constexpr std::size_t label_max = 63;

// `name` is ASCII. Liberal: hyphens and underscores anywhere, because the DNS decides what exists.
bool is_domain_name(std::string_view name, grammar rules) noexcept;

// U-labels as A-labels; nothing if `name` is no internationalized domain name.
std::optional<std::string> to_a_labels(const std::string& name);

// The address literal with this text between its brackets, in canonical form with brackets; nothing
// if it is not valid. Liberal: an IPv6 address needs no tag.
std::optional<std::string> address_literal(std::string_view inside, grammar rules);

// True if all of `text` is a domain name or an address literal, as EHLO's argument must be.
bool is_domain_or_literal(std::string_view text) noexcept;

}  // namespace kurir::smtp
