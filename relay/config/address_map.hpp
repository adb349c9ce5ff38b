// Addresses by other addresses: KURIR_SENDER_MAP and KURIR_RECIPIENT_MAP.
//
//   jane@old.example -> jane.doe@example.com       # this address
//   root@* -> ops@example.com                      # this local-part in every domain
//   @old.example -> @example.com                   # a domain; the local-part stays
//   *.corp.example -> @example.com                 # the domains below it
//   bob@example.com -> 251 bob@example.net         # recipients: the client is told
//   eve@example.com -> 551 eve@example.org         # recipients: refused, with the new address
//
// A table (table.hpp); several entries on one line are separated by `;`. The most specific pattern
// counts: the address, then local-part@*, then the domain, then the longest `*.` pattern, then `*`.
// What an address is mapped to is looked up again, until nothing changes; entries that lead in a
// circle are a mistake. Capitals don't matter. Pure; finding does not depend on the size of the
// map.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "relay/config/pattern_map.hpp"
#include "relay/smtp/address.hpp"

namespace kurir::config {

class address_map {
public:
    // Steps from an address to what it is mapped to in the end.
    static constexpr std::size_t steps_max = 20;

    // What the client of a mapped recipient is told (RFC 5321 section 3.4).
    enum class manner : std::uint8_t {
        silent,   // 250
        forward,  // 251 User not local; will forward to
        refuse,   // 551 User not local; please try
    };

    struct answer {
        smtp::mailbox address;
        manner told = manner::silent;
        bool operator==(const answer&) const = default;
    };

    // Reads entries into `value`, or returns what is wrong with them, as the end of a sentence.
    static std::optional<std::string> read_senders(std::string_view text, address_map& value);
    static std::optional<std::string> read_recipients(std::string_view text, address_map& value);

    // What `address` is mapped to; nothing if it stays as it is.
    std::optional<answer> find(const smtp::mailbox& address) const;

    bool empty() const noexcept { return entries_.empty(); }
    std::size_t size() const noexcept { return entries_.size(); }

    // The entries as they are written, on one line.
    std::string text() const;

private:
    struct entry {
        std::string pattern;     // in lower case
        std::string local_part;  // of the target; empty: that of the address
        std::string domain;      // of the target
        bool utf8 = false;       // the target needs SMTPUTF8
        manner told = manner::silent;
        std::size_t line = 0;

        std::string text() const;
    };
    using places = std::unordered_map<std::string, std::size_t>;

    static std::optional<std::string> read(std::string_view text, address_map& value, bool moves);
    std::optional<std::string> add(std::string_view pattern, entry made);
    const entry* entry_for(const smtp::mailbox& address) const;
    std::optional<smtp::mailbox> sample_of(const entry& entry) const;
    std::optional<std::string> find_circle() const;

    std::vector<entry> entries_;
    places addresses_;
    places local_parts_;  // of local-part@*
    pattern_map<std::size_t> domains_;
};

}  // namespace kurir::config
