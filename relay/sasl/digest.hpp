// The cryptography that the mechanisms need, by OpenSSL. Results are bytes. Thread-safe.
//
// OpenSSL looks an algorithm up by its name whenever it is asked to, which costs more than a hash:
// here each is looked up once for the process.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace kurir::sasl {

inline constexpr std::size_t sha256_size = 32;

std::string sha256(std::string_view text);
std::string hmac_sha256(std::string_view key, std::string_view text);
std::string pbkdf2_sha256(std::string_view password, std::string_view salt, std::uint32_t rounds);

// Nothing where OpenSSL was built or configured without MD5.
std::optional<std::string> hmac_md5(std::string_view key, std::string_view text);

std::string random_bytes(std::size_t count);

// Takes as long for every difference.
bool equal_secrets(std::string_view a, std::string_view b) noexcept;

}  // namespace kurir::sasl
