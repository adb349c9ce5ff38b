// Networks in CIDR notation and sets of them, with the words that configuration knows.
//
// Pure values. IPv4-mapped IPv6 addresses are unmapped before they are compared.
#pragma once

#include <boost/asio/ip/address.hpp>

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kurir::config {

// One CIDR network. A bare address is a network of one; bits after the prefix must be zero.
struct network {
    boost::asio::ip::address base;
    unsigned prefix_length = 0;

    static std::optional<network> parse(std::string_view text);
    bool contains(const boost::asio::ip::address& address) const noexcept;
    std::string text() const;
    bool operator==(const network&) const = default;
};

// A word for networks, and the networks it means.
struct network_word {
    std::string_view word;
    std::string_view networks;
};
std::span<const network_word> network_words();

// A set of networks. `parse` takes CIDRs and the words loopback, private, linklocal, unspecified,
// shared, documentation, multicast, reserved and none, separated by commas or white space; what
// each word stands for is in README.
class network_set {
public:
    struct problem {
        std::string word;  // the word that is neither a network nor known
    };

    network_set() = default;
    explicit network_set(std::vector<network> networks) : networks_(std::move(networks)) {}

    // Adds the networks of `text`, or returns the first word that is not understood.
    static std::optional<problem> parse(std::string_view text, network_set& networks);

    bool contains(const boost::asio::ip::address& address) const noexcept;

    // Contains the address, or an IPv4 address that it leads to (see `embedded_addresses`). For
    // addresses that must not be reached; never for deciding whom to trust.
    bool contains_any_of(const boost::asio::ip::address& address) const noexcept;

    bool empty() const noexcept { return networks_.empty(); }
    const std::vector<network>& networks() const noexcept { return networks_; }
    bool operator==(const network_set&) const = default;

private:
    std::vector<network> networks_;
};

}  // namespace kurir::config
