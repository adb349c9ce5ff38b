// SCRAM-SHA-256 (RFC 5802, RFC 7677), as far as client and server share it: keys and messages.
//
//   C: n,,n=user,r=NONCE               the first message: header of GS2, then its bare part
//   S: r=NONCE+MORE,s=SALT,i=ROUNDS
//   C: c=BINDING,r=NONCE+MORE,p=PROOF
//   S: v=SIGNATURE                     proves that the server knows the keys, too
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "relay/sasl/channel.hpp"

namespace kurir::sasl {

// Fewer would be guessed too fast, by whoever listens or steals the file. More is a way to keep us
// busy: this many take a fifth of a second.
inline constexpr std::uint32_t scram_iterations_min = 4096;
inline constexpr std::uint32_t scram_iterations_max = 600'000;
inline constexpr std::uint32_t scram_iterations_ours = 15'000;
inline constexpr std::size_t scram_salt_size_max = 256;
inline constexpr std::size_t scram_message_size_max = 4096;

// What a server stores (RFC 5803). Bytes. Nobody can log in by it alone.
struct scram_keys {
    std::string salt;
    std::uint32_t iterations = 0;
    std::string stored_key;
    std::string server_key;

    bool operator==(const scram_keys&) const = default;
};

// What follows from a password that was prepared.
struct scram_derivation {
    std::string client_key;
    std::string server_key;
};

scram_derivation derive_scram(
    std::string_view password, std::string_view salt, std::uint32_t iterations
);
scram_keys make_scram_keys(std::string_view password, std::string salt, std::uint32_t iterations);

// Of texts of one length.
std::string exclusive_or(std::string_view a, std::string_view b);

// The fields of a message, in order: a letter and what follows its '='. Nothing if it is not a list
// of such fields, or too long.
using scram_fields = std::vector<std::pair<char, std::string_view>>;
std::optional<scram_fields> read_scram_fields(std::string_view message);

// A nonce, or a part of one: printable, without commas.
bool is_scram_nonce(std::string_view text);

// A number of iterations that is within the bounds.
std::optional<std::uint32_t> read_scram_iterations(std::string_view text);

// Names with ',' and '=' written as =2C and =3D.
std::string encode_scram_name(std::string_view name);
std::optional<std::string> decode_scram_name(std::string_view text);

// Null for a name of a binding that is unknown or not available here.
const std::string* binding_called(const channel_bindings& channel, std::string_view name);

}  // namespace kurir::sasl
