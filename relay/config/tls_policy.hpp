// What is asked of TLS on a connection to a remote server: policies, and rules that assign them to
// domains.
//
// Pure. Rules are a table (table.hpp) of words: bank.example=verify applies to that domain,
// *.bank.example=encrypt to the domains below it. The most specific rule counts (pattern_map.hpp).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "relay/config/pattern_map.hpp"

namespace kurir::config {

enum class tls_policy : std::uint8_t {
    off,
    may,      // used if it works
    encrypt,  // no mail without it
    verify,   // no mail without it, nor to a server without a valid certificate
};

std::string_view text_of(tls_policy policy);

// In any case.
std::optional<tls_policy> tls_policy_of(std::string_view word);

class tls_rules {
public:
    // Reads a list of rules into `rules`, or returns what is wrong with it, as the end of a
    // sentence.
    static std::optional<std::string> read(std::string_view text, tls_rules& rules);

    // For the domain of recipients, in any case; nothing if no rule matches.
    std::optional<tls_policy> find(std::string_view domain) const;

    // The rules as they are written; empty if there are none.
    std::string text() const;

private:
    std::optional<std::string> add(std::string_view word);

    pattern_map<tls_policy> rules_;
};

}  // namespace kurir::config
