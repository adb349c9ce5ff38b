// The names of the mechanisms, as they are offered.
#pragma once

#include <string_view>

namespace kurir::sasl {

inline constexpr std::string_view scram_plus = "SCRAM-SHA-256-PLUS";
inline constexpr std::string_view scram = "SCRAM-SHA-256";
inline constexpr std::string_view plain = "PLAIN";
inline constexpr std::string_view login = "LOGIN";
inline constexpr std::string_view cram_md5 = "CRAM-MD5";
inline constexpr std::string_view oauthbearer = "OAUTHBEARER";
inline constexpr std::string_view xoauth2 = "XOAUTH2";

}  // namespace kurir::sasl
