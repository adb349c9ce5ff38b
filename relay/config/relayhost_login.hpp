// What Kurir logs in to a relayhost with, as the settings of the relayhost give it.
//
// KURIR_RELAYHOST_USERNAME and its kin belong to KURIR_RELAYHOST, KURIR_RELAYHOST_SES_USERNAME and
// its kin to KURIR_RELAYHOST_SES. Nothing else gets them: servers that a rule of KURIR_ROUTES names
// itself are not logged in to.
#pragma once

#include <string>

namespace kurir::config {

struct relayhost_login {
    std::string username = {};  // empty: no login
    std::string password = {};
    bool insecure = false;  // may be sent without TLS

    // OAuth 2.0: where tokens come from, and what for.
    std::string token_url = {};
    std::string client_id = {};
    std::string client_secret = {};
    std::string refresh_token = {};  // empty: client credentials
    std::string scope = {};

    bool operator==(const relayhost_login&) const = default;

    bool wanted() const noexcept { return !username.empty(); }
    bool has_tokens() const noexcept { return !token_url.empty(); }
};

}  // namespace kurir::config
