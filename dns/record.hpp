// Reads the answer of a name server from its bytes.
//
// Pure and total: any bytes give an answer or an error, in time and memory bounded by the limits
// below. c-ares has already matched id, question and sender. Still, a message that is not a
// complete response to the question counts as malformed here. Only records that answer the
// question, along its aliases, are read; all other records are ignored.
#pragma once

#include <boost/asio/ip/address.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dns/error.hpp"
#include "dns/resolver.hpp"

namespace kurir::dns {

enum class record_type : std::uint16_t { a = 1, ptr = 12, mx = 15, txt = 16, aaaa = 28 };

inline constexpr std::size_t max_exchanges = 100;
inline constexpr std::size_t max_addresses = 64;
inline constexpr std::size_t max_texts = 100;
inline constexpr std::size_t max_aliases = 8;
inline constexpr std::size_t max_records = 1000;  // looked at in one answer
inline constexpr std::chrono::seconds max_ttl{86400};
inline constexpr std::chrono::seconds max_negative_ttl{900};
inline constexpr std::chrono::seconds default_negative_ttl{60};  // without a SOA

// The records of the requested type, or why there are none, and how long this is valid.
struct answer {
    std::vector<mx_host> exchanges{};  // by preference; the name of a null MX is empty
    bool cut = false;                  // there are more: `max_exchanges` were taken
    std::vector<boost::asio::ip::address> addresses{};
    std::vector<std::string> texts{};   // of TXT records, the strings of each joined; of PTR
                                        // records the names
    boost::system::error_code error{};  // none, not_found or no_data: other errors are no answer
    bool unconfirmed =
        false;            // `not_found` by the code alone, without a SOA: other servers are asked
    std::string alias{};  // instead of all these: the name to ask about next
    std::chrono::seconds ttl{0};  // the shortest of the records and aliases
};

// The answer to `type` of `name` (lower case, without trailing dot). Fails with `servfail`,
// `refused`, `malformed` or `unproven`.
//
// The absence of records is proven only by a SOA in the authority section whose zone contains the
// name where the aliases end (RFC 2308 section 2.2), in a message that says nothing else. A name
// that does not exist has a response code of its own, which some forwarders send without a SOA.
result<answer> read_answer(
    std::span<const std::uint8_t> message, std::string_view name, record_type type
);

// True for a host or domain name that mail can be sent to: letters, digits, hyphens and underscores
// in labels of at most 63 bytes, at most 253 in total; at least one label.
bool is_name(std::string_view text) noexcept;

// In lower case, without a trailing dot.
std::string canonical(std::string_view name);

}  // namespace kurir::dns
