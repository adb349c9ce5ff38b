#include "relay/app/route_report.hpp"

#include <algorithm>
#include <cstdint>
#include <string_view>

#include "relay/base/numeric_address.hpp"
#include "relay/base/text.hpp"
#include "relay/config/addresses.hpp"
#include "relay/config/words.hpp"
#include "relay/inbound/permission_decision.hpp"
#include "relay/outbound/logins.hpp"
#include "relay/outbound/router.hpp"
#include "relay/outbound/source_choice.hpp"

namespace kurir::app {

namespace {

constexpr std::size_t label_width = 8;

std::string line(std::string label, const std::string& text) {
    label.resize(label_width, ' ');
    return label + text + '\n';
}

// The domain of an address, or what may be a domain alone.
std::optional<std::string> domain_in(const std::string& recipient) {
    if (config::is_mail_address(recipient)) {
        return base::lowered(recipient.substr(recipient.rfind('@') + 1));
    }
    const bool is_domain =
        recipient != "*" && !recipient.starts_with("*.") && config::is_name_pattern(recipient);
    if (!is_domain) return std::nullopt;
    return base::lowered(recipient);
}

std::string rule_text(const config::route_rule* rule) {
    if (rule == nullptr) return "none of KURIR_ROUTES matches";
    return "KURIR_ROUTES, line " + std::to_string(rule->line) + ": " + rule->text();
}

// The line of KURIR_PERMISSIONS that decides, if there are any.
std::string permission_text(const config::config& config, const config::permission* permission) {
    if (config.permissions.empty()) return {};
    if (permission == nullptr)
        return line("client", "none of KURIR_PERMISSIONS is for this client");
    return line(
        "client",
        "KURIR_PERMISSIONS, line " + std::to_string(permission->line) + ": " + permission->text()
    );
}

std::string refusal_text(const inbound::objection& found) {
    const auto denied = inbound::denial_for(found.reason);
    return line(
        "to",
        "nobody: refused by " + std::to_string(denied.answer.code) + ' ' +
            denied.answer.status.text() + ' ' + denied.answer.joined() + "; " + found.advice
    );
}

std::string hosts_text(const outbound::route_definition& definition, const std::string& domain) {
    if (definition.relayhosts.empty()) return "the MX hosts of " + domain;
    return "relayhost " + config::relayhosts_text(definition.relayhosts);
}

// What a policy means for a connection.
std::string_view meaning_of(config::tls_policy policy) {
    switch (policy) {
        case config::tls_policy::off:
            return "TLS is not used";
        case config::tls_policy::may:
            return "TLS if it works, else in clear";
        case config::tls_policy::encrypt:
            return "no mail without TLS; any certificate";
        case config::tls_policy::verify:
            break;
    }
    return "no mail without TLS and a valid certificate";
}

std::string tls_text(config::tls_policy policy) {
    return "tls=" + std::string(config::text_of(policy)) + " (" + std::string(meaning_of(policy)) +
           ")";
}

// The servers of a list may differ.
std::string policy_text(
    const config::config& config,
    const outbound::route_definition& definition,
    const std::string& domain
) {
    if (definition.relayhosts.empty()) {
        return tls_text(outbound::mx_policy(definition, config, domain));
    }
    std::string text;
    for (const auto& server : definition.relayhosts) {
        const auto policy = tls_text(outbound::relayhost_policy(definition, server));
        if (text.find(policy) != std::string::npos) continue;
        if (!text.empty()) text += " or ";
        text += policy;
    }
    return text;
}

std::string login_text(const config::config& config, const outbound::route_definition& definition) {
    if (definition.credential.empty()) return "none";
    const auto& login = outbound::login_named(config, definition.credential);
    return "as " + login.username + (login.has_tokens() ? ", by OAuth 2.0" : "");
}

// As the scheduler finds it (`scheduler::rate_of`), as far as it is known without DNS.
std::string rate_text(
    const config::config& config,
    const outbound::route_definition& definition,
    const std::string& domain
) {
    const auto& rules = config.destination_rate;
    auto name = domain;
    if (!definition.relayhosts.empty()) {
        name = config::relayhosts_text(definition.relayhosts);
        const auto named = std::ranges::find_if(definition.relayhosts, [&](const auto& server) {
            return rules.names(server.host);
        });
        if (named != definition.relayhosts.end()) name = named->host;
    }
    const auto rate = rules.find(name);
    return rate ? config::rate_text(*rate) : "none";
}

std::string with_name(const config::source_address& source) {
    const auto address = source.address.to_string();
    return source.name.empty() ? address : address + " as " + source.name;
}

// The sources of one family. Which of several an MX destination has depends on the names of its
// hosts.
std::string family_text(
    const outbound::route_definition& definition, const std::string& site, bool v6
) {
    if (!site.empty()) {
        const auto* chosen = outbound::source_for(definition.sources, site, v6);
        return chosen == nullptr ? "" : with_name(*chosen);
    }
    std::uint64_t all = 0;
    for (const auto& each : definition.sources)
        all += each.address.is_v6() == v6 ? each.weight : 0;
    std::string text;
    for (const auto& each : definition.sources) {
        if (each.address.is_v6() != v6) continue;
        if (!text.empty()) text += ", ";
        text += with_name(each);
        if (each.weight == all) continue;  // the only one
        text += " for " + std::to_string(100 * each.weight / all) + " % of destinations";
    }
    return text;
}

std::string source_text(const outbound::route_definition& definition) {
    if (definition.sources.empty()) return "the address that the system chooses";
    const auto site = config::relayhosts_text(definition.relayhosts);
    const auto v4 = family_text(definition, site, false);
    const auto v6 = family_text(definition, site, true);
    if (v4.empty()) return v6 + "; IPv6 only";
    if (v6.empty()) return v4 + "; IPv4 only";
    return v4 + "; " + v6;
}

}  // namespace

std::optional<std::string> route_report(
    const config::config& config, const route_question& question
) {
    const auto domain = domain_in(question.recipient);
    const auto sender = question.sender == "<>" ? std::string() : question.sender;
    if (!domain || (!sender.empty() && !config::is_mail_address(sender))) return std::nullopt;
    const auto address = base::numeric_address(question.client);
    if (!address && !question.client.empty()) return std::nullopt;
    const inbound::client_rules rules{
        config, config.permissions.find({.credential = question.credential, .address = address})
    };
    auto text = permission_text(config, rules.line);
    auto objection = inbound::objection_to_sender(rules, sender);
    if (!objection) objection = inbound::objection_to_recipient(rules, question.recipient);
    if (objection) return text + refusal_text(*objection);
    const config::route_query query{
        .domain = *domain,
        .sender = sender,
        .credential = question.credential,
        .tag = question.tag,
    };
    const bool permitted = rules.line != nullptr && !rules.line->route.empty();
    const auto* rule = permitted ? nullptr : config.routes.find(query);
    text += line("rule", permitted ? "route= of the client's permission" : rule_text(rule));
    const auto routes = outbound::routes_of(config);
    std::string name(rule == nullptr ? config::default_route : rule->target.name);
    if (permitted) name = rules.line->route;
    text += line("route", name);
    const auto& definition = routes.find(name == config::default_route ? "" : name);
    if (definition.end) {
        const bool rejected = definition.end->outcome == outbound::outcome::failed;
        const bool at_once = config.routes.refusal(query) != nullptr;
        const auto refused = at_once ? "recipients are refused by " : "accepted, and bounced with ";
        return text +
               line(
                   "to", rejected ? refused + rule->target.reply : "nobody: accepted and discarded"
               );
    }
    text += line("to", hosts_text(definition, *domain));
    text += line("policy", policy_text(config, definition, *domain));
    text += line("login", login_text(config, definition));
    text += line("source", source_text(definition));
    text += line(
        "limits",
        std::to_string(config.destination_concurrency) +
            " connections; rate: " + rate_text(config, definition, *domain)
    );
    return text;
}

}  // namespace kurir::app
