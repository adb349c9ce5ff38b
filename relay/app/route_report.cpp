#include "relay/app/route_report.hpp"

#include <algorithm>
#include <string_view>

#include "relay/config/addresses.hpp"
#include "relay/config/words.hpp"
#include "relay/outbound/router.hpp"

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
        return config::lower_case(recipient.substr(recipient.rfind('@') + 1));
    }
    const bool is_domain =
        recipient != "*" && !recipient.starts_with("*.") && config::is_name_pattern(recipient);
    if (!is_domain) return std::nullopt;
    return config::lower_case(recipient);
}

std::string rule_text(const config::route_rule* rule) {
    if (rule == nullptr) return "none of KURIR_ROUTES matches";
    return "KURIR_ROUTES, line " + std::to_string(rule->line) + ": " + rule->text();
}

std::string hosts_text(const outbound::route_definition& definition, const std::string& domain) {
    if (definition.relayhosts.empty()) return "the MX hosts of " + domain;
    return "relayhost " + config::relayhosts_text(definition.relayhosts);
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

}  // namespace

std::optional<std::string> route_report(
    const config::config& config, const route_question& question
) {
    const auto domain = domain_in(question.recipient);
    const auto sender = question.sender == "<>" ? std::string() : question.sender;
    if (!domain || (!sender.empty() && !config::is_mail_address(sender))) return std::nullopt;
    const config::route_query query{
        .domain = *domain,
        .sender = sender,
        .credential = question.credential,
        .tag = question.tag,
    };
    const auto* rule = config.routes.find(query);
    auto text = line("rule", rule_text(rule));
    const auto routes = outbound::routes_of(config);
    const std::string name(rule == nullptr ? config::default_route : rule->target.name);
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
    text += line("policy", "no TLS, no login");
    text += line("source", "the address that the system chooses");
    text += line(
        "limits",
        std::to_string(config.destination_concurrency) +
            " connections; rate: " + rate_text(config, definition, *domain)
    );
    return text;
}

}  // namespace kurir::app
