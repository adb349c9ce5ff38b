// Relayhosts: the servers that take mail in place of the MX hosts, as settings and routes name
// them.
//
// One server or several: a comma separates servers in the order of preference, `|` servers that
// share the load: hub1.example|hub2.example, backup.example:587. The scheme says how TLS is spoken:
// smtps:// from the first byte, smtp+starttls:// always by STARTTLS, smtp:// or none if it is
// offered. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "relay/config/tls_policy.hpp"

namespace kurir::config {

enum class relayhost_scheme : std::uint8_t { smtp, starttls, smtps };

// One server: host name or address, never looked up as MX (decision 15).
struct relayhost {
    std::string host;
    std::uint16_t port = 25;
    bool shares = false;  // the load, with the server before it
    relayhost_scheme scheme = relayhost_scheme::smtp;

    bool operator==(const relayhost&) const = default;
};

// By preference; empty: there is none.
using relayhost_list = std::vector<relayhost>;

constexpr std::size_t relayhosts_max = 16;

// Reads a list into `value`, or returns what is wrong with it, as the end of a sentence.
std::optional<std::string> read_relayhosts(std::string_view text, relayhost_list& value);

// What is asked of TLS there if nothing else is said: no less than what the scheme promises.
tls_policy standard_policy(const relayhost& server);

// True if one of the servers has a scheme that promises TLS, and `policy` would do without.
bool contradicts(tls_policy policy, const relayhost_list& servers);

// As it is written in a setting.
std::string relayhosts_text(const relayhost_list& servers);

}  // namespace kurir::config
