#include "relay/config/auth_checks.hpp"

#include <algorithm>

#include "relay/config/config.hpp"

namespace kurir::config {

void check_auth(const config& config, problems& found) {
    if (has_logins(config)) return;
    // A certificate is a credential, too.
    const bool by_certificate = !config.tls_client_ca.empty();
    const auto asks = [by_certificate](const listen_address& each) {
        const auto wanted = each.profile.used_auth();
        return wanted == listener_auth::offer ||
               (wanted == listener_auth::require && !by_certificate);
    };
    if (std::ranges::any_of(config.listen, asks)) {
        found.emplace_back(
            "KURIR_LISTEN asks for AUTH, but none of KURIR_USERS, KURIR_USERS_FILE and "
            "KURIR_OAUTH_JWKS is set"
        );
    }
}

void warn_about_auth(const config& config, std::vector<std::string>& warnings) {
    const auto asks = [](const listen_address& each) {
        return each.profile.used_auth() != listener_auth::off;
    };
    if (has_logins(config) && std::ranges::none_of(config.listen, asks)) {
        warnings.push_back(
            std::string(config.users.given() ? "KURIR_USERS" : "KURIR_OAUTH_JWKS") +
            " is set, but no address of KURIR_LISTEN lets anybody log in: set KURIR_TLS_CERT, or "
            "auth= in KURIR_LISTEN"
        );
    }
    if (config.auth_insecure) {
        warnings.emplace_back(
            "KURIR_AUTH_INSECURE lets clients send passwords and tokens in clear: whoever can "
            "listen learns them"
        );
        return;
    }
    const auto in_vain = [](const listen_address& each) {
        return each.profile.used_tls() == listener_tls::off &&
               each.profile.used_auth() != listener_auth::off;
    };
    if (std::ranges::any_of(config.listen, in_vain) && !may_log_in_unseen(config.users)) {
        warnings.emplace_back(
            "KURIR_LISTEN asks for AUTH without TLS, where nobody can log in unless every user "
            "has keys for SCRAM (kurir hash-password --scram)"
        );
    }
}

}  // namespace kurir::config
