// Who may use the operators' API over the network, and for what. Pure.
//
// One token a line, `NAME RIGHTS TOKEN`:
//
//   dashboard  read                 VdHS5nb1…                 at least 32 characters of RFC 6750
//   ann        read,act,submit      sha256:9f86d081884c7d65…  the digest of a token, in hexadecimal
//
// In one line several are separated by `;`. Comments begin with #.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace kurir::users {

// read: look at anything. act: give orders. submit: bring mail in.
enum class admin_right : std::uint8_t { read, act, submit };

std::string_view name_of(admin_right right) noexcept;

struct admin_token {
    std::string name;
    std::uint8_t rights = 0;

    bool may(admin_right right) const noexcept {
        return (rights & (1U << static_cast<unsigned>(right))) != 0;
    }
};

class admin_tokens {
public:
    static constexpr std::size_t shortest = 32;
    static constexpr std::size_t longest = 512;

    // Takes one line, without comment and blanks around it. What is wrong with it otherwise, as the
    // end of a sentence, which quotes nothing of a token.
    std::optional<std::string> add(std::string_view line);

    // Null for a token that nobody has.
    const admin_token* find(std::string_view token) const;

    bool empty() const noexcept { return by_digest_.empty(); }

private:
    std::map<std::string, admin_token, std::less<>> by_digest_;  // SHA-256, in hexadecimal
};

}  // namespace kurir::users
