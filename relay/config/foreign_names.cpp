#include "relay/config/foreign_names.hpp"

#include <algorithm>
#include <string>

#include "relay/base/text.hpp"
#include "relay/config/words.hpp"

namespace kurir::config {
namespace {

constexpr std::string_view own_dkim = "Kurir signs by itself, with the keys of KURIR_DKIM_KEY_DIR";
constexpr std::string_view no_sender_rules =
    "use KURIR_FORCE_FROM, KURIR_SENDER_MAP or KURIR_MASQUERADE_DOMAINS";
constexpr std::string_view no_mailboxes = "Kurir has no mailboxes and accepts no mail for itself";
constexpr std::string_view no_header_rules = "use KURIR_HEADERS";
constexpr std::string_view redaction = "use KURIR_LOG_REDACT";
constexpr std::string_view not_postfix = "Kurir is not configured by Postfix's parameters";
constexpr std::string_view no_capture =
    "Kurir delivers mail; KURIR_CAPTURE=on keeps it in the queue, but there is no page to read it";
constexpr std::string_view one_login = "a login has variables of its own, not a map";
constexpr std::string_view users_file =
    "users stand in a file; kurir hash-password NAME makes the lines";

constexpr std::string_view hostname = "HOSTNAME";
constexpr std::string_view foreign_relayhost = "RELAYHOST";
constexpr std::string_view username = "RELAYHOST_USERNAME";
constexpr std::string_view password = "RELAYHOST_PASSWORD";
constexpr std::string_view foreign_networks = "TRUSTED_NETWORKS";
constexpr std::string_view size_limit = "MAX_MESSAGE_SIZE";
constexpr std::string_view postmaster = "POSTMASTER";
constexpr std::string_view foreign_family = "IP_FAMILY";
constexpr std::string_view certificate = "TLS_CERT";
constexpr std::string_view key = "TLS_KEY";
constexpr std::string_view remote_tls = "REMOTE_TLS";
constexpr std::string_view relayhost_tls = "RELAYHOST_TLS";

constexpr alias all_aliases[] = {
    {"SERVER_HOSTNAME", hostname},
    {"MAILNAME", hostname},
    {"MAIL_HOSTNAME", hostname},
    {"OVERRIDE_HOSTNAME", hostname},
    {"POSTFIX_MYHOSTNAME", hostname},
    {"MH_HOSTNAME", hostname},

    {"RELAYHOST", foreign_relayhost, relayhost_value},
    {"POSTFIX_RELAYHOST", foreign_relayhost, relayhost_value},
    {"DEFAULT_RELAY_HOST", foreign_relayhost, relayhost_value},
    {"RELAY_SERVER", foreign_relayhost, relayhost_value},
    {.name = "RELAY_HOST",
     .setting = foreign_relayhost,
     .translate = relayhost_value,
     .port = "RELAY_PORT"},
    {.name = "SMTP_SERVER",
     .setting = foreign_relayhost,
     .translate = relayhost_value,
     .port = "SMTP_PORT",
     .usual_port = "587"},
    {.name = "SMTP_HOST",
     .setting = foreign_relayhost,
     .translate = relayhost_value,
     .port = "SMTP_PORT"},
    {"SMARTHOST", foreign_relayhost, relayhost_value},
    {.name = "SMARTHOST_ADDRESS",
     .setting = foreign_relayhost,
     .translate = relayhost_value,
     .port = "SMARTHOST_PORT"},
    {.name = "MP_SMTP_RELAY_HOST",
     .setting = foreign_relayhost,
     .translate = relayhost_value,
     .port = "MP_SMTP_RELAY_PORT"},
    {"GMAIL_USER", foreign_relayhost, gmail_value},
    {.name = "SES_USER",
     .setting = foreign_relayhost,
     .translate = usual_ses_value,
     .unless = "SES_REGION"},
    {"SES_REGION", foreign_relayhost, ses_value},

    {"RELAYHOST_USERNAME", username, same_value},
    {"RELAY_USERNAME", username, same_value},
    {"RELAY_USER", username, same_value},
    {"RELAYUSER", username, same_value},
    {"SMTP_USERNAME", username, same_value},
    {"SMTP_USER", username, same_value},
    {"SMARTHOST_USER", username, same_value},
    {"MP_SMTP_RELAY_USERNAME", username, same_value},
    {"GMAIL_USER", username, same_value},
    {"SES_USER", username, same_value},
    {"RELAYHOST_PASSWORD", password, same_value},
    {"RELAY_PASSWORD", password, same_value},
    {"RELAY_PASS", password, same_value},
    {"RELAYPASSWORD", password, same_value},
    {"SMTP_PASSWORD", password, same_value},
    {"SMARTHOST_PASSWORD", password, same_value},
    {"MP_SMTP_RELAY_PASSWORD", password, same_value},
    {"GMAIL_PASSWORD", password, same_value},
    {"SES_PASSWORD", password, same_value},
    {"XOAUTH2_CLIENT_ID", "RELAYHOST_OAUTH_CLIENT_ID", same_value},
    {"XOAUTH2_SECRET", "RELAYHOST_OAUTH_CLIENT_SECRET", same_value},
    {"XOAUTH2_INITIAL_REFRESH_TOKEN", "RELAYHOST_OAUTH_REFRESH_TOKEN", same_value},
    {"XOAUTH2_TOKEN_ENDPOINT", "RELAYHOST_OAUTH_TOKEN_URL", same_value},

    {"POSTFIX_SMTP_TLS_SECURITY_LEVEL", remote_tls, tls_level_value},
    {"POSTFIX_SMTP_TLS_SECURITY_LEVEL", relayhost_tls, tls_level_value},
    {"RELAYHOST_TLS_LEVEL", remote_tls, tls_level_value},
    {"RELAYHOST_TLS_LEVEL", relayhost_tls, tls_level_value},
    {"TLS_SECURITY_LEVEL", remote_tls, tls_level_value},
    {"TLS_SECURITY_LEVEL", relayhost_tls, tls_level_value},
    {"OUTBOUND_TLS_LEVEL", remote_tls, tls_level_value},
    {"OUTBOUND_TLS_LEVEL", relayhost_tls, tls_level_value},

    {"MYNETWORKS", foreign_networks, networks_value},
    {"MY_NETWORKS", foreign_networks, networks_value},
    {"SMTP_NETWORKS", foreign_networks, networks_value},
    {"RELAYNETS", foreign_networks, networks_value},
    {"RELAY_NETS", foreign_networks, networks_value},
    {"RELAY_NETWORKS", foreign_networks, networks_value},
    {"POSTFIX_MYNETWORKS", foreign_networks, networks_value},
    {"PERMIT_DOCKER", foreign_networks, docker_networks_value},

    {"ALLOWED_SENDER_DOMAINS", "ALLOWED_SENDER_DOMAINS", same_value},
    {"MH_AUTH_FILE", "USERS_FILE", same_value},
    {"MP_SMTP_AUTH_FILE", "USERS_FILE", same_value},
    {"POSTFIX_SMTP_BIND_ADDRESS", "SOURCE_ADDRESSES", same_value},

    {"MESSAGE_SIZE_LIMIT", size_limit, size_value},
    {"SIZELIMIT", size_limit, size_value},
    {"MSG_SIZE", size_limit, size_value},
    {"POSTFIX_MESSAGE_SIZE_LIMIT", size_limit, size_value},

    {"POSTMASTER_ADDRESS", postmaster},
    {"POSTMASTER_EMAIL", postmaster},
    {"BOUNCE_ADDRESS", postmaster},

    {"INET_PROTOCOLS", foreign_family, protocols_value},
    {"POSTFIX_INET_PROTOCOLS", foreign_family, protocols_value},
    {"DISABLE_IPV6", foreign_family, no_ipv6_value},

    {"SMTP_DESTINATION_CONCURRENCY_LIMIT", "DESTINATION_CONCURRENCY"},
    {"POSTFIX_SMTP_DESTINATION_CONCURRENCY_LIMIT", "DESTINATION_CONCURRENCY"},
    {"POSTFIX_DEFAULT_DESTINATION_CONCURRENCY_LIMIT", "DESTINATION_CONCURRENCY"},
    {"SMTP_DESTINATION_RATE_DELAY", "DESTINATION_RATE", rate_delay_value},
    {"POSTFIX_SMTP_DESTINATION_RATE_DELAY", "DESTINATION_RATE", rate_delay_value},
    {"POSTFIX_DEFAULT_DESTINATION_RATE_DELAY", "DESTINATION_RATE", rate_delay_value},

    {"TLS_CRT", certificate},
    {"SSL_CERT_PATH", certificate},
    {"CERTIFICATE_PATH", certificate},
    {"POSTFIX_SMTPD_TLS_CERT_FILE", certificate},
    {"POSTFIX_SMTPD_TLS_CHAIN_FILES", certificate},
    {"SMTPD_TLS_CERT_FILE", certificate},
    {"MP_SMTP_TLS_CERT", certificate},
    {"TLS_KEY", key},
    {"SSL_KEY_PATH", key},
    {"KEY_PATH", key},
    {"POSTFIX_SMTPD_TLS_KEY_FILE", key},
    {"SMTPD_TLS_KEY_FILE", key},
    {"MP_SMTP_TLS_KEY", key},
    {"TLS_CA", "TLS_CA", same_value},

    {"OVERWRITE_FROM", "FORCE_FROM"},
    {"MASQUERADED_DOMAINS", "MASQUERADE_DOMAINS"},
    {"POSTFIX_MASQUERADE_DOMAINS", "MASQUERADE_DOMAINS"},
    {"POSTFIX_ALWAYS_BCC", "ALWAYS_BCC"},

    {"ALWAYS_ADD_MISSING_HEADERS", "HEADER_FIXUP", missing_headers_value},
    {"POSTFIX_ADD_MISSING_HEADERS", "HEADER_FIXUP", missing_headers_value},
    {"POSTFIX_ALWAYS_ADD_MISSING_HEADERS", "HEADER_FIXUP", missing_headers_value},
    {"LOG_FORMAT", "LOG_FORMAT", log_format_value},
    {"LOG_LEVEL", "LOG_LEVEL", log_level_value},
};

constexpr foreign_name all_names[] = {
    {"RELAY_PORT", "KURIR_RELAYHOST"},
    {"SMTP_PORT", "KURIR_RELAYHOST"},
    {"SMARTHOST_PORT", "KURIR_RELAYHOST"},
    {"MP_SMTP_RELAY_PORT", "KURIR_RELAYHOST"},
    {"FALLBACK_RELAYHOST", "KURIR_RELAYHOST takes several servers in the order of preference"},
    {"RELAYHOST_MAP", "use KURIR_ROUTES"},
    {"RELAYHOST_PASSWORDMAP", one_login},
    {"SASL_PASSWD", one_login},
    {"XOAUTH2_INITIAL_ACCESS_TOKEN", "a refresh token is enough"},
    {"SMARTHOST_ALIASES", "each relayhost has its own login: KURIR_RELAYHOST_<NAME>_USERNAME"},
    {"SMTPD_SASL_USERS", users_file},
    {"SMTPD_USERS", users_file},
    {"MP_SMTP_AUTH", users_file},
    {"MP_SMTP_AUTH_ACCEPT_ANY", "only the users of KURIR_USERS can log in"},
    {"FROMADDRESS", no_sender_rules},
    {"SMTP_FROM", no_sender_rules},
    {"SMTP_HEADER_CHECKS", no_header_rules},
    {"HEADER_CHECKS", no_header_rules},
    {"SMTP_HEADER_TAG", no_header_rules},
    {"ANONYMIZE_EMAILS", redaction},
    {"AUTOSET_HOSTNAME", "KURIR_HOSTNAME"},
    {"RELAY_DOMAINS", no_mailboxes},
    {"MY_DESTINATION", no_mailboxes},
    {"DESTINATION", no_mailboxes},
    {"ROOT_ALIAS", "KURIR_POSTMASTER"},
    {"SSL_TYPE", "KURIR_TLS_CERT"},
    {"BIND_IP", "KURIR_LISTEN"},
    {"BIND_IP6", "KURIR_LISTEN"},
    {"LISTEN_PORT", "KURIR_LISTEN"},
    {"MH_SMTP_BIND_ADDR", no_capture},
    {"MH_STORAGE", no_capture},
    {"MH_OUTGOING_SMTP", no_capture},
    {"MP_SMTP_BIND_ADDR", no_capture},
    {"MP_DATABASE", no_capture},
    {"MP_MAX_MESSAGES", no_capture},
    {"MP_SMTP_RELAY_ALL", no_capture},
    {"OPENDKIM_DOMAINS", "KURIR_DKIM_DOMAINS"},
    {"ENABLE_OPENDKIM", "KURIR_DKIM_KEY_DIR"},
    {"USE_DKIM", "KURIR_DKIM_KEY_DIR"},
    {"DKIM_DOMAINS", "KURIR_DKIM_DOMAINS"},
    {"DKIM_SELECTOR", "KURIR_DKIM_SELECTOR"},
    {"DKIM_KEYFILE", "KURIR_DKIM_KEY_DIR"},
    {"DKIM_KEY_PATH", "KURIR_DKIM_KEY_DIR"},
    {"DKIM_AUTOGENERATE", "kurir dkim generate makes keys"},
};

struct foreign_prefix {
    std::string_view prefix;
    std::string_view hint;
};

constexpr foreign_prefix all_prefixes[] = {
    {"POSTFIX_", not_postfix},
    {"POSTFIXMASTER_", not_postfix},
    {"POSTMAP_", not_postfix},
    {"OPENDKIM_", own_dkim},
    {"RSPAMD_", own_dkim},
    {"POSTSRSD_", no_sender_rules},
};

std::string listed_hint(std::string_view name, const catalogue& known) {
    const auto found = std::ranges::find(all_names, name, &foreign_name::name);
    if (found != std::end(all_names)) return std::string(found->hint);
    const auto row = std::ranges::find(all_aliases, name, &alias::name);
    if (row == std::end(all_aliases)) return {};
    auto setting = setting_of(*row);
    return has_setting(known, setting) ? setting : std::string();
}

}  // namespace

std::span<const alias> aliases() {
    return all_aliases;
}

std::span<const foreign_name> foreign_names() {
    return all_names;
}

bool gives_a_path(const alias& row) {
    return row.setting.ends_with(file_suffix);
}

bool has_setting(const catalogue& known, std::string_view name) {
    return std::ranges::any_of(known.settings, [&](const setting& each) {
        return each.name == name;
    });
}

std::string setting_of(const alias& row) {
    std::string name("KURIR_");
    name.append(row.setting);
    if (gives_a_path(row)) name.resize(name.size() - file_suffix.size());
    return name;
}

std::string listed_name(std::string_view name) {
    return name.starts_with("POSTFIX_") ? base::uppered(name) : std::string(name);
}

std::string hint_for_foreign_name(std::string_view name, const catalogue& known) {
    auto written = listed_name(name);
    if (auto hint = listed_hint(written, known); !hint.empty()) return hint;
    if (written.ends_with(file_suffix)) {
        written.resize(written.size() - file_suffix.size());
        if (auto hint = listed_hint(written, known); !hint.empty()) return hint;
    }
    const auto prefix = std::ranges::find_if(all_prefixes, [&](const foreign_prefix& each) {
        return name.starts_with(each.prefix);
    });
    return std::string(prefix == std::end(all_prefixes) ? std::string_view() : prefix->hint);
}

}  // namespace kurir::config
