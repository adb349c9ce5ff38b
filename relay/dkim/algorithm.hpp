// The algorithms of signatures (RFC 6376 section 3.3, RFC 8463), by the kind of their key. Both
// sign a SHA-256 hash; rsa-sha1 is long gone (RFC 8301).
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string_view>

namespace kurir::dkim {

enum class algorithm : std::uint8_t { rsa, ed25519 };  // in the order of signatures: RSA first

constexpr std::string_view key_type(algorithm kind) noexcept {
    return kind == algorithm::rsa ? "rsa" : "ed25519";
}

constexpr std::string_view signature_name(algorithm kind) noexcept {
    return kind == algorithm::rsa ? "rsa-sha256" : "ed25519-sha256";
}

// For people.
constexpr std::string_view text_of(algorithm kind) noexcept {
    return kind == algorithm::rsa ? "RSA" : "Ed25519";
}

constexpr std::optional<algorithm> algorithm_named(std::string_view name) noexcept {
    for (const auto kind : {algorithm::rsa, algorithm::ed25519}) {
        if (name == signature_name(kind)) return kind;
    }
    return std::nullopt;
}

// RFC 8301 section 3.2: what is shorter no signer may use and no verifier accept.
inline constexpr int rsa_bits_least = 1024;
// What new keys should have; shorter ones are worth a warning.
inline constexpr int rsa_bits_good = 2048;
// What verifiers need not accept, and which costs a second of CPU for some ten signatures.
inline constexpr int rsa_bits_most = 8192;

}  // namespace kurir::dkim
