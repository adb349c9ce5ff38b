// Local addresses from which mail is sent, as settings and routes name them.
//
//   198.51.100.7=mail1.example.com*3, 2001:db8::7
//
// After `=` follows the name that EHLO gives from there, after `*` the weight. Pure.
#pragma once

#include <boost/asio/ip/address.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kurir::config {

struct source_address {
    boost::asio::ip::address address;
    std::string name = {};     // for EHLO; empty: KURIR_HOSTNAME
    std::uint32_t weight = 1;  // of the destinations, beside the others of its family

    bool operator==(const source_address&) const = default;
};

// As they are written; empty: the system chooses.
using source_addresses = std::vector<source_address>;

constexpr std::size_t source_addresses_max = 256;
constexpr std::uint32_t source_weight_max = 1000;

// Reads a list into `value`, or returns what is wrong with it, as the end of a sentence.
std::optional<std::string> read_source_addresses(std::string_view text, source_addresses& value);

// As it is written in a setting.
std::string source_addresses_text(const source_addresses& sources);

// The same addresses; those without a name have the one that `known` gives them.
source_addresses with_names(source_addresses sources, const source_addresses& known);

}  // namespace kurir::config
