// Whether a token that a client shows is good, and of which user: a signed JSON Web Token (RFC
// 7519, RFC 7515). Pure.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "relay/base/result.hpp"
#include "relay/base/utc.hpp"
#include "relay/tokens/key_set.hpp"

namespace kurir::tokens {

// What a token must say.
struct token_terms {
    std::string issuer;
    std::vector<std::string> audiences;  // one of these, at least
    std::string user_claim = "sub";      // which claim is the name of the user
    std::chrono::seconds leeway{60};     // by which clocks may differ
};

enum class token_fault : std::uint8_t {
    malformed,
    too_long,
    algorithm,    // none, one with a shared secret, or one that we don't know
    unknown_key,  // perhaps the keys have changed since they were fetched
    signature,
    issuer,
    audience,
    expired,
    not_yet_valid,
    user,        // the claim is missing, or is no name that a user may have
    other_user,  // than the client has claimed to be
};

inline constexpr std::size_t token_max = 8192;

// The name of its user. The signature is checked before any claim is looked at.
base::result<std::string, token_fault> check_token(
    std::string_view text, const key_set& keys, const token_terms& terms, base::sys_milliseconds utc
);

// For `sasl::server_exchange::on_token`: the user, unless the token is not good or the client has
// claimed to be another one. `claimed` may be empty. The fault is for the log, not for the client.
base::result<std::string, token_fault> user_of_token(
    std::string_view text,
    std::string_view claimed,
    const key_set& keys,
    const token_terms& terms,
    base::sys_milliseconds utc
);

std::string_view text_of(token_fault fault) noexcept;

}  // namespace kurir::tokens
