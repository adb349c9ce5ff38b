#include "relay/config/other_images.hpp"

#include <algorithm>
#include <map>
#include <string_view>

#include "relay/config/service_links.hpp"
#include "relay/config/words.hpp"

namespace kurir::config {
namespace {

struct known_variable {
    std::string_view name;
    std::string_view setting;  // Kurir's name for it, or a hint instead
};

constexpr std::string_view no_login = "this version can't log in to a relayhost yet";
constexpr std::string_view no_users =
    "this version has no users: KURIR_TRUSTED_NETWORKS says who may send";
constexpr std::string_view no_tls = "this version does not speak TLS to remote servers yet";
constexpr std::string_view no_dkim = "this version does not sign with DKIM yet";
constexpr std::string_view no_sender_rules =
    "this version does not restrict or replace sender addresses";
constexpr std::string_view not_postfix = "Kurir is not configured by Postfix's parameters";

constexpr known_variable known_variables[] = {
    {"SERVER_HOSTNAME", "KURIR_HOSTNAME"},
    {"MAILNAME", "KURIR_HOSTNAME"},
    {"MAIL_HOSTNAME", "KURIR_HOSTNAME"},
    {"OVERRIDE_HOSTNAME", "KURIR_HOSTNAME"},
    {"POSTFIX_MYHOSTNAME", "KURIR_HOSTNAME"},
    {"RELAYHOST", "KURIR_RELAYHOST"},
    {"DEFAULT_RELAY_HOST", "KURIR_RELAYHOST"},
    {"RELAY_HOST", "KURIR_RELAYHOST"},
    {"RELAY_PORT", "KURIR_RELAYHOST"},
    {"SMTP_SERVER", "KURIR_RELAYHOST"},
    {"SMTP_HOST", "KURIR_RELAYHOST"},
    {"SMTP_PORT", "KURIR_RELAYHOST"},
    {"SMARTHOST", "KURIR_RELAYHOST"},
    {"SMARTHOST_ADDRESS", "KURIR_RELAYHOST"},
    {"SMARTHOST_PORT", "KURIR_RELAYHOST"},
    {"POSTFIX_RELAYHOST", "KURIR_RELAYHOST"},
    {"RELAYHOST_USERNAME", no_login},
    {"RELAYHOST_PASSWORD", no_login},
    {"RELAY_USERNAME", no_login},
    {"RELAY_USER", no_login},
    {"RELAYUSER", no_login},
    {"RELAY_PASSWORD", no_login},
    {"RELAY_PASS", no_login},
    {"RELAYPASSWORD", no_login},
    {"SMTP_USERNAME", no_login},
    {"SMTP_USER", no_login},
    {"SMTP_PASSWORD", no_login},
    {"SMARTHOST_USER", no_login},
    {"SMARTHOST_PASSWORD", no_login},
    {"SMARTHOST_ALIASES", no_login},
    {"MYNETWORKS", "KURIR_TRUSTED_NETWORKS"},
    {"MY_NETWORKS", "KURIR_TRUSTED_NETWORKS"},
    {"SMTP_NETWORKS", "KURIR_TRUSTED_NETWORKS"},
    {"RELAYNETS", "KURIR_TRUSTED_NETWORKS"},
    {"RELAY_NETS", "KURIR_TRUSTED_NETWORKS"},
    {"RELAY_NETWORKS", "KURIR_TRUSTED_NETWORKS"},
    {"PERMIT_DOCKER", "KURIR_TRUSTED_NETWORKS"},
    {"POSTFIX_MYNETWORKS", "KURIR_TRUSTED_NETWORKS"},
    {"MESSAGE_SIZE_LIMIT", "KURIR_MAX_MESSAGE_SIZE"},
    {"SIZELIMIT", "KURIR_MAX_MESSAGE_SIZE"},
    {"MSG_SIZE", "KURIR_MAX_MESSAGE_SIZE"},
    {"POSTFIX_MESSAGE_SIZE_LIMIT", "KURIR_MAX_MESSAGE_SIZE"},
    {"POSTMASTER_ADDRESS", "KURIR_POSTMASTER"},
    {"POSTMASTER_EMAIL", "KURIR_POSTMASTER"},
    {"BOUNCE_ADDRESS", "KURIR_POSTMASTER"},
    {"INET_PROTOCOLS", "KURIR_IP_FAMILY"},
    {"DISABLE_IPV6", "KURIR_IP_FAMILY"},
    {"POSTFIX_INET_PROTOCOLS", "KURIR_IP_FAMILY"},
    {"SMTP_DESTINATION_CONCURRENCY_LIMIT", "KURIR_DESTINATION_CONCURRENCY"},
    {"SMTP_DESTINATION_RATE_DELAY", "KURIR_DESTINATION_RATE"},
    {"ALLOWED_SENDER_DOMAINS", no_sender_rules},
    {"OVERWRITE_FROM", no_sender_rules},
    {"FROMADDRESS", no_sender_rules},
    {"SMTP_FROM", no_sender_rules},
    {"SMTPD_SASL_USERS", no_users},
    {"SMTPD_USERS", no_users},
    {"TLS_CRT", "KURIR_TLS_CERT"},
    {"RELAYHOST_TLS_LEVEL", no_tls},
    {"OUTBOUND_TLS_LEVEL", no_tls},
    {"POSTFIX_SMTP_TLS_SECURITY_LEVEL", no_tls},
    {"POSTFIX_SMTPD_TLS_CERT_FILE", "KURIR_TLS_CERT"},
    {"POSTFIX_SMTPD_TLS_KEY_FILE", "KURIR_TLS_KEY"},
    {"SMTPD_TLS_CERT_FILE", "KURIR_TLS_CERT"},
    {"SMTPD_TLS_KEY_FILE", "KURIR_TLS_KEY"},
    {"OPENDKIM_DOMAINS", no_dkim},
    {"DKIM_DOMAINS", no_dkim},
    {"DKIM_SELECTOR", no_dkim},
    {"DKIM_KEYFILE", no_dkim},
    {"DKIM_KEY_PATH", no_dkim},
};

// The hint for a variable; empty if it belongs to no known image.
std::string_view setting_for(std::string_view name) {
    constexpr std::string_view file_suffix = "_FILE";
    constexpr std::string_view postfix = "POSTFIX_";
    const bool of_postfix = name.starts_with(postfix);
    // Postfix's images take parameters as Postfix writes them, too: POSTFIX_myhostname.
    auto written = of_postfix ? upper_case(name) : std::string(name);
    auto found = std::ranges::find(known_variables, written, &known_variable::name);
    if (found == std::end(known_variables) && written.ends_with(file_suffix)) {
        written.resize(written.size() - file_suffix.size());
        found = std::ranges::find(known_variables, written, &known_variable::name);
    }
    if (found != std::end(known_variables)) return found->setting;
    return of_postfix ? not_postfix : std::string_view();
}

std::string hint_of(std::string_view setting) {
    return (setting.starts_with("KURIR_") ? "use " : "") + std::string(setting);
}

bool is_set(const environment& variables, const std::string& name) {
    const auto found = variables.find(name);
    return found != variables.end() && !found->second.empty();
}

}  // namespace

std::vector<std::string> hints_for_other_images(const environment& variables) {
    std::map<std::string_view, std::string> names;  // by hint
    for (const auto& [name, value] : variables) {
        if (value.empty() || is_service_link(name, value)) continue;
        const auto setting = setting_for(name);
        if (setting.empty()) continue;
        auto& list = names[setting];
        list += (list.empty() ? "" : ", ") + name;
    }
    std::vector<std::string> hints;
    for (const auto& [setting, list] : names) {
        const bool is_name = setting.starts_with("KURIR_");
        const std::string text(setting);
        if (is_name && (is_set(variables, text) || is_set(variables, text + "_FILE"))) continue;
        const auto* verb = list.find(',') == std::string::npos ? " is" : " are";
        hints.push_back(list + verb + " not read: " + hint_of(setting));
    }
    return hints;
}

std::string hint_for_name(std::string_view name) {
    constexpr known_variable only_with_prefix[] = {
        {"PORT", "KURIR_LISTEN"},
        {"BIND", "KURIR_LISTEN"},
        {"BIND_IP", "KURIR_LISTEN"},
        {"LISTEN_PORT", "KURIR_LISTEN"},
        {"UPSTREAM", "KURIR_RELAYHOST"},
        {"TRUSTED_NETS", "KURIR_TRUSTED_NETWORKS"},
        {"ALLOWED_NETWORKS", "KURIR_TRUSTED_NETWORKS"},
        {"METRICS_PORT", "KURIR_HTTP_LISTEN"},
        {"HTTP_PORT", "KURIR_HTTP_LISTEN"},
        {"UPSTREAM_USERNAME", no_login},
        {"UPSTREAM_PASSWORD", no_login},
        {"USERS", no_users},
        {"AUTH_USERS", no_users},
        {"SSL_CERT", "KURIR_TLS_CERT"},
        {"SSL_KEY", "KURIR_TLS_KEY"},
        {"TLS_POLICY", no_tls},
        {"OUTBOUND_TLS", no_tls},
        {"DKIM_KEY_DIR", no_dkim},
    };
    const auto found = std::ranges::find(only_with_prefix, name, &known_variable::name);
    const auto setting = found == std::end(only_with_prefix) ? setting_for(name) : found->setting;
    return setting.empty() ? "" : hint_of(setting);
}

}  // namespace kurir::config
