// Tokens by which clients log in (OAuth 2.0): whose they must be, and what they must say.
#pragma once

#include <string>
#include <vector>

namespace kurir::config {

struct client_tokens {
    std::string keys = {};    // of the issuer: a file, or an https URL; empty: no tokens are taken
    std::string issuer = {};  // the claim `iss`
    std::vector<std::string> audiences = {};  // one of these in the claim `aud`
    std::string user_claim = {};              // the claim that is the user's name

    bool given() const noexcept { return !keys.empty(); }
};

// True if `keys` is a URL, and not a file.
bool fetches_keys(const client_tokens& tokens) noexcept;

}  // namespace kurir::config
