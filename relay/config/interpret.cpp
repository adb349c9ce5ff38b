#include "relay/config/interpret.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <string_view>
#include <tuple>

#include "relay/base/numeric_address.hpp"
#include "relay/base/text.hpp"
#include "relay/config/addresses.hpp"
#include "relay/config/auth_checks.hpp"
#include "relay/config/coverage.hpp"
#include "relay/config/listeners.hpp"
#include "relay/config/log_checks.hpp"
#include "relay/config/login_rows.hpp"
#include "relay/config/named_relayhost.hpp"
#include "relay/config/nearest.hpp"
#include "relay/config/secrets.hpp"
#include "relay/config/settings_dkim.hpp"
#include "relay/config/settings_operators.hpp"
#include "relay/config/settings_shared_queue.hpp"
#include "relay/config/settings_tokens.hpp"
#include "relay/config/source_checks.hpp"
#include "relay/config/staging.hpp"
#include "relay/config/words.hpp"

namespace kurir::config {
namespace {

// A value as a message shows it.
std::string shown(const entry& found) {
    if (found.row.secret) return "its value";
    const bool pem = found.text.starts_with("-----BEGIN");  // perhaps a key
    if (pem || found.text.find('\n') != std::string::npos) return "its text";
    return "'" + without_secrets(found.text) + "'";
}

std::optional<std::string> read(const entry& found, config& values) {
    const bool is_default = found.origin.given_by == source::kind::standard;
    if (is_default && found.text.empty()) return std::nullopt;
    const bool is_file = found.origin.given_by == source::kind::file;
    const bool of_file = is_file && found.row.read_file;
    const auto wrong = (of_file ? found.row.read_file : found.row.read)(found.text, values);
    if (!wrong) return std::nullopt;
    return found.row.name + (is_file ? "_FILE: " : ": ") + shown(found) + " " +
           without_secrets(*wrong, found.text) + std::string(advice_on(found.text));
}

bool is_default(const std::vector<entry>& entries, std::string_view name) {
    return std::ranges::any_of(entries, [&](const entry& each) {
        return each.row.name == name && each.origin.given_by == source::kind::standard;
    });
}

// With a certificate and users the ports of submission are there, too: 2587 for 587, 2465 for 465.
void fill_in_listeners(config& config, bool is_default) {
    const bool secure = !config.tls_cert.empty();
    if (is_default && secure && has_logins(config)) {
        std::ignore = read_listeners(
            "[::]:2525, [::]:2587?auth=require, [::]:2465?tls=implicit&auth=require", config.listen
        );
    }
    for (auto& each : config.listen) {
        auto& profile = each.profile;
        each.any_family = each.any_family || is_default;
        if (!profile.tls && secure) profile.tls = listener_tls::offer;
        const bool safe = profile.used_tls() != listener_tls::off || config.auth_insecure;
        if (!profile.auth && has_logins(config) && safe) profile.auth = listener_auth::offer;
    }
}

// Defaults that depend on the machine.
void fill_in(config& config, const std::vector<entry>& entries, const host& machine) {
    if (config.hostname.empty()) config.hostname = machine.name;
    const auto& name = config.hostname;
    if (config.local_domain.empty() && name.find('.') != std::string::npos) {
        if (is_host_name(name)) config.local_domain = name;
    }
    if (config.postmaster.empty() && !config.local_domain.empty()) {
        config.postmaster = "postmaster@" + config.local_domain;
    }
    if (config.threads == 0) config.threads = machine.cpus;
    fill_in_listeners(config, is_default(entries, "KURIR_LISTEN"));
}

bool is_ourselves(const relayhost& target, const std::vector<listen_address>& listeners) {
    const auto address = base::numeric_address(target.host);
    if (!address) return false;
    return std::ranges::any_of(listeners, [&](const listen_address& each) {
        const auto& own = each.endpoint;
        const bool everywhere = own.address().is_unspecified() && address->is_loopback();
        return own.port() == target.port && (own.address() == *address || everywhere);
    });
}

bool leads_here(const relayhost_list& servers, const std::vector<listen_address>& listeners) {
    return std::ranges::any_of(servers, [&](const relayhost& each) {
        return is_ourselves(each, listeners);
    });
}

std::string variable_of(const std::string& relayhost_name) {
    return "KURIR_RELAYHOST_" + base::uppered(relayhost_name);
}

std::string contradiction(const std::string& variable, tls_policy policy) {
    return variable + " promises TLS by smtps:// or smtp+starttls://, but tls is " +
           std::string(text_of(policy)) + "; use encrypt or verify, or smtp://";
}

void check_relayhosts(const config& config, problems& found) {
    const auto check = [&](const std::string& variable, const relayhost_list& servers) {
        if (leads_here(servers, config.listen)) {
            found.push_back(variable + " is one of our own KURIR_LISTEN addresses");
        }
    };
    check("KURIR_RELAYHOST", config.relayhost);
    for (const auto& [name, servers] : config.relayhosts)
        check(variable_of(name), servers);
    for (const auto& [name, policy] : config.relayhost_tls) {
        const auto variable = name.empty() ? "KURIR_RELAYHOST" : variable_of(name);
        const auto& servers = servers_of(config, name);
        if (policy && name.empty() && servers.empty()) {
            found.push_back(variable + "_TLS is set, but " + variable + " is not");
        }
        if (policy && contradicts(*policy, servers))
            found.push_back(contradiction(variable, *policy));
    }
}

void check_routes(const config& config, problems& found) {
    std::vector<std::string> names;
    for (const auto& [name, servers] : config.relayhosts)
        names.push_back(name);
    for (const auto& rule : config.routes.all()) {
        const auto& target = rule.target;
        const auto place = "KURIR_ROUTES: line " + std::to_string(rule.line) + " ";
        if (target.action != route_target::kind::relayhost) continue;
        if (leads_here(target.servers, config.listen)) {
            found.push_back(place + "leads to one of our own KURIR_LISTEN addresses");
        }
        const bool is_named = target.servers.empty();
        const auto& servers = is_named ? servers_of(config, target.relayhost) : target.servers;
        if (target.tls && contradicts(*target.tls, servers)) {
            found.push_back(contradiction(place + "has a route that", *target.tls));
        }
        if (!is_named || config.relayhosts.contains(target.relayhost)) continue;
        const auto nearest = nearest_name(target.relayhost, names);
        found.push_back(
            place + "leads to \"" + target.relayhost + "\", but " + variable_of(target.relayhost) +
            " is not set" + (nearest.empty() ? "" : "; did you mean " + nearest + "?")
        );
    }
}

void check_permissions(const config& config, problems& found) {
    constexpr std::string_view built_in[] = {"", "mx", default_route, "discard"};
    for (const auto& line : config.permissions.all()) {
        const bool known = std::ranges::find(built_in, line.route) != std::end(built_in) ||
                           config.relayhosts.contains(line.route);
        if (known) continue;
        found.push_back(
            "KURIR_PERMISSIONS: line " + std::to_string(line.line) + " has route=" + line.route +
            ", but " + variable_of(line.route) + " is not set"
        );
    }
}

void check_tls(const config& config, problems& found) {
    const auto certificates = config.tls_cert.size();
    const auto keys = config.tls_key.size();
    if (certificates == 0) {
        if (keys > 0) found.emplace_back("KURIR_TLS_KEY is set, but KURIR_TLS_CERT is not");
        if (!config.tls_client_ca.empty()) {
            found.emplace_back("KURIR_TLS_CLIENT_CA is set, but KURIR_TLS_CERT is not");
        }
        const auto asks = [](const listen_address& each) {
            return each.profile.used_tls() != listener_tls::off;
        };
        if (std::ranges::any_of(config.listen, asks)) {
            found.emplace_back("KURIR_LISTEN asks for TLS, but KURIR_TLS_CERT is not set");
        }
    } else if (generates_certificate(config) && keys > 0) {
        found.emplace_back("KURIR_TLS_KEY is set, but KURIR_TLS_CERT=generate makes its own key");
    } else if (keys > 0 && keys != certificates) {
        found.push_back(
            "KURIR_TLS_KEY has " + std::to_string(keys) + " files, but KURIR_TLS_CERT has " +
            std::to_string(certificates)
        );
    }
}

// Checks that need several values.
void check(const config& config, const host& machine, problems& found) {
    if (!is_host_name(config.hostname)) {
        found.push_back(
            "KURIR_HOSTNAME is not set, and the host's name '" + config.hostname +
            "' is not a host name"
        );
    }
    if (config.retry_min > config.retry_max) {
        found.emplace_back("KURIR_RETRY_MIN is longer than KURIR_RETRY_MAX");
    }
    check_relayhosts(config, found);
    check_logins(config, found);
    check_routes(config, found);
    check_permissions(config, found);
    check_sources(config, machine, found);
    check_tls(config, found);
    check_auth(config, found);
    check_log(config, found);
    check_tokens(config, found);
    check_dkim(config, found);
    check_operators(config, found);
    check_shared_queue(config, found);
}

}  // namespace

std::string_view advice_on(std::string_view text) {
    const bool quoted = text.size() > 1 && text.front() == text.back() &&
                        (text.front() == '"' || text.front() == '\'');
    return quoted ? "; the quotes belong to the value, leave them out" : "";
}

std::variant<config, problems> interpret(
    const std::vector<entry>& entries, const host& machine, problems found
) {
    config made;
    for (const auto& each : entries) {
        if (auto wrong = read(each, made)) found.push_back(std::move(*wrong));
    }
    if (found.empty()) {
        fill_in(made, entries, machine);
        check(made, machine, found);
    }
    if (!found.empty()) return found;
    return made;
}

namespace {

// Clients begin with TLS on port 465, whatever a listener expects: RFC 8314 section 7.3.
void warn_about_listeners(const config& config, std::vector<std::string>& warnings) {
    for (const auto& each : config.listen) {
        const auto port = each.endpoint.port();
        const bool begins_with_tls = each.profile.used_tls() == listener_tls::implicit;
        if ((port != 465 && port != 2465) || begins_with_tls) continue;
        warnings.push_back(
            "KURIR_LISTEN: on port " + std::to_string(port) +
            " clients begin with TLS, and can't send without tls=implicit; for STARTTLS take 587 "
            "or 2587"
        );
    }
}

}  // namespace

std::vector<std::string> warnings_about(const config& config) {
    std::vector<std::string> warnings;
    if (covers_the_internet(config.trusted_networks)) {
        warnings.emplace_back(
            "KURIR_TRUSTED_NETWORKS lets everybody send mail through this relay to anywhere"
        );
    }
    if (config.hostname.find('.') == std::string::npos) {
        warnings.push_back(
            "KURIR_HOSTNAME: '" + config.hostname +
            "' has no dot; servers are greeted with our address instead, which many refuse"
        );
    }
    if (config.queue_dir.is_relative()) {
        warnings.push_back(
            "KURIR_QUEUE_DIR: '" + config.queue_dir.string() +
            "' depends on the directory in which the relay is started"
        );
    }
    if (config.remote_final_timeout < std::chrono::minutes(10)) {
        warnings.emplace_back(
            "KURIR_REMOTE_FINAL_TIMEOUT is under the 10m of RFC 5321: slow servers will get "
            "messages twice"
        );
    }
    for (const auto& [name, servers] : config.relayhosts) {
        const auto leads_there = [&](const route_rule& rule) {
            return rule.target.relayhost == name;
        };
        const bool permitted =
            std::ranges::find(config.permissions.all(), name, &permission::route) !=
            config.permissions.all().end();
        if (!permitted && std::ranges::none_of(config.routes.all(), leads_there)) {
            warnings.push_back(variable_of(name) + ": no rule of KURIR_ROUTES leads to " + name);
        }
    }
    warn_about_logins(config, warnings);
    for (auto& each : staging_warnings(config))
        warnings.push_back(std::move(each));
    if (config.tls_min < tls_version::v1_2) {
        warnings.emplace_back(
            "KURIR_TLS_MIN is under 1.2: such versions, and the weak ciphers and keys that they "
            "need, protect little"
        );
    }
    warn_about_listeners(config, warnings);
    warn_about_auth(config, warnings);
    warn_about_log(config, warnings);
    return warnings;
}

}  // namespace kurir::config
