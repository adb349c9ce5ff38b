#include "relay/config/login_rows.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "relay/base/text.hpp"
#include "relay/config/https_url.hpp"
#include "relay/config/kinds.hpp"
#include "relay/config/named_relayhost.hpp"

namespace kurir::config {
namespace {

constexpr std::size_t text_max = 16UL * 1024;

// Where a part of a login is.
template <class Member>
struct part_of_login {
    std::string name;
    Member relayhost_login::* member;

    Member& operator()(config& values) const {
        auto& login = name.empty() ? values.relayhost_login : values.relayhost_logins[name];
        return login.*member;
    }
    const Member& operator()(const config& values) const { return login_of(values, name).*member; }
};

bool has_control_character(std::string_view text) {
    return std::ranges::any_of(text, [](char c) { return (c >= '\0' && c < ' ') || c == '\x7f'; });
}

// A text that is taken as it is.
kind<std::string> line_of_text(std::string_view type) {
    return {
        .type = type,
        .range = "one line",
        .read = [](std::string_view text, std::string& value) -> problem {
            if (text.empty()) return "is empty";
            if (text.size() > text_max) return "is too long";
            if (has_control_character(text)) return "has a line end or another control character";
            value = text;
            return std::nullopt;
        },
        .show = [](const std::string& value) { return value; },
    };
}

struct text_setting {
    std::string_view suffix;
    std::string_view help;
    std::string relayhost_login::* member;
    bool is_secret;
};

constexpr std::array<text_setting, 6> texts{{
    {"USERNAME",
     "The user name for the relayhost. Mail is sent only after a login; with the strongest "
     "mechanism that the relayhost offers.",
     &relayhost_login::username,
     false},
    {"PASSWORD",
     "The password of this user, if there is no OAuth 2.0.",
     &relayhost_login::password,
     true},
    {"OAUTH_CLIENT_ID",
     "The name by which the token server knows Kurir.",
     &relayhost_login::client_id,
     false},
    {"OAUTH_CLIENT_SECRET",
     "The secret of this client. Alone it is enough for the token server (client credentials).",
     &relayhost_login::client_secret,
     true},
    {"OAUTH_REFRESH_TOKEN",
     "The token by which Kurir gets others. One that the token server gives in its place is kept "
     "in KURIR_QUEUE_DIR.",
     &relayhost_login::refresh_token,
     true},
    {"OAUTH_SCOPE",
     "What the token is to allow, as the provider names it.",
     &relayhost_login::scope,
     false},
}};

setting row_of(const std::string& prefix, const std::string& name, const text_setting& text) {
    auto made =
        row({prefix + std::string(text.suffix), "", text.help, at_reload},
            part_of_login<std::string>{name, text.member},
            line_of_text(text.is_secret ? "secret" : "text"));
    return text.is_secret ? secret(std::move(made)) : made;
}

// How the settings of a relayhost begin.
std::string prefix_of(const std::string& name) {
    return "KURIR_RELAYHOST_" + (name.empty() ? std::string() : base::uppered(name) + '_');
}

bool asks_no_certificate(tls_policy policy) {
    return policy == tls_policy::may || policy == tls_policy::encrypt;
}

// The relayhost of this name that is logged in to whatever its certificate is; empty if there is
// none.
std::string server_that_may_be_another(const config& config, const std::string& name) {
    const auto& set = policy_of(config, name);
    for (const auto& each : servers_of(config, name)) {
        if (asks_no_certificate(set.value_or(standard_policy(each)))) return each.host;
    }
    return {};
}

// The first rule that sends mail to the relayhost of this name by such a policy of its own.
const route_rule* doubtful_rule(const config& config, const std::string& name) {
    const auto& rules = config.routes.all();
    const auto found = std::ranges::find_if(rules, [&](const route_rule& each) {
        const auto& target = each.target;
        return target.action == route_target::kind::relayhost && target.servers.empty() &&
               target.relayhost == name && target.tls && asks_no_certificate(*target.tls);
    });
    return found == rules.end() ? nullptr : &*found;
}

std::string first_given(const std::string& prefix, const relayhost_login& login, bool of_tokens) {
    for (const auto& each : texts) {
        const bool is_of_tokens = each.suffix.starts_with("OAUTH_");
        if (each.member == &relayhost_login::username || is_of_tokens != of_tokens) continue;
        if (!(login.*each.member).empty()) return prefix + std::string(each.suffix);
    }
    if (of_tokens && login.has_tokens()) return prefix + "OAUTH_TOKEN_URL";
    return {};
}

void check_tokens(const std::string& prefix, const relayhost_login& login, problems& found) {
    if (!login.has_tokens()) {
        const auto given = first_given(prefix, login, true);
        if (!given.empty()) {
            found.push_back(given + " is set, but " + prefix + "OAUTH_TOKEN_URL is not");
        }
        return;
    }
    if (login.client_id.empty()) {
        found.push_back(
            prefix + "OAUTH_TOKEN_URL is set, but " + prefix + "OAUTH_CLIENT_ID is not"
        );
    }
    if (login.client_secret.empty() && login.refresh_token.empty()) {
        found.push_back(
            prefix + "OAUTH_TOKEN_URL is set, but neither " + prefix + "OAUTH_CLIENT_SECRET nor " +
            prefix + "OAUTH_REFRESH_TOKEN is"
        );
    }
}

void check(
    const std::string& name, const relayhost_login& login, bool has_server, problems& found
) {
    const auto prefix = prefix_of(name);
    if (!login.wanted()) {
        auto given = first_given(prefix, login, false);
        if (given.empty()) given = first_given(prefix, login, true);
        if (given.empty() && login.insecure) given = prefix + "AUTH_INSECURE";
        if (!given.empty()) found.push_back(given + " is set, but " + prefix + "USERNAME is not");
        return;
    }
    // A name without its relayhost is found when its variables are read.
    if (!has_server) {
        found.push_back(prefix + "USERNAME is set, but KURIR_RELAYHOST is not");
        return;
    }
    check_tokens(prefix, login, found);
    const bool has_secret = !login.password.empty() || !first_given(prefix, login, true).empty();
    if (!has_secret) {
        found.push_back(
            prefix + "USERNAME is set, but neither " + prefix + "PASSWORD nor " + prefix +
            "OAUTH_TOKEN_URL is"
        );
    }
}

}  // namespace

std::vector<setting> login_rows(const std::string& prefix, const std::string& name) {
    std::vector<setting> rows;
    rows.push_back(row_of(prefix, name, texts[0]));
    rows.push_back(row_of(prefix, name, texts[1]));
    rows.push_back(
        row({prefix + "OAUTH_TOKEN_URL",
             "",
             "Where Kurir gets tokens for this user (OAuth 2.0), which then take the place of a "
             "password.",
             at_reload},
            part_of_login<std::string>{name, &relayhost_login::token_url},
            https_url("KURIR_RELAYHOST_OAUTH_CLIENT_ID and _OAUTH_CLIENT_SECRET are for that"))
    );
    for (std::size_t at = 2; at < texts.size(); ++at)
        rows.push_back(row_of(prefix, name, texts[at]));
    rows.push_back(
        row({prefix + "AUTH_INSECURE",
             "off",
             "Log in without TLS, too: whoever listens gets the password.",
             at_reload},
            part_of_login<bool>{name, &relayhost_login::insecure},
            on_or_off())
    );
    return rows;
}

void check_logins(const config& config, problems& found) {
    check("", config.relayhost_login, !config.relayhost.empty(), found);
    for (const auto& [name, login] : config.relayhost_logins)
        check(name, login, true, found);
}

void warn_about_logins(const config& config, std::vector<std::string>& warnings) {
    const auto warn = [&](const std::string& name, const relayhost_login& login) {
        if (!login.wanted()) return;
        if (login.insecure) {
            warnings.push_back(
                prefix_of(name) +
                "AUTH_INSECURE: where the relayhost does not offer TLS, whoever listens gets the "
                "password or the token"
            );
            return;
        }
        if (const auto* rule = doubtful_rule(config, name)) {
            warnings.push_back(
                "KURIR_ROUTES, line " + std::to_string(rule->line) + ": by tls=" +
                std::string(text_of(*rule->target.tls)) + " the certificate of " + name +
                " is not checked, so that who stands in its place gets the password or the token; "
                "leave it out, or write tls=verify"
            );
        }
        const auto doubtful = server_that_may_be_another(config, name);
        if (doubtful.empty()) return;
        warnings.push_back(
            prefix_of(name) + "TLS: the certificate of " + doubtful +
            " is not checked, so that who stands in its place gets the password or the token; "
            "set it to verify"
        );
    };
    warn("", config.relayhost_login);
    for (const auto& [name, login] : config.relayhost_logins)
        warn(name, login);
}

}  // namespace kurir::config
