// Relayhosts: the servers that take mail in place of the MX hosts, as settings and routes name
// them.
//
// One server or several: a comma separates servers in the order of preference, `|` servers that
// share the load: hub1.example|hub2.example, backup.example:587. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kurir::config {

// One server: host name or address, never looked up as MX (decision 15).
struct relayhost {
    std::string host;
    std::uint16_t port = 25;
    bool shares = false;  // the load, with the server before it

    bool operator==(const relayhost&) const = default;
};

// By preference; empty: there is none.
using relayhost_list = std::vector<relayhost>;

constexpr std::size_t relayhosts_max = 16;

// Reads a list into `value`, or returns what is wrong with it, as the end of a sentence.
std::optional<std::string> read_relayhosts(std::string_view text, relayhost_list& value);

// As it is written in a setting.
std::string relayhosts_text(const relayhost_list& servers);

}  // namespace kurir::config
