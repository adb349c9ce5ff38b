#include "relay/app/relayhost_check.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "relay/app/command_line.hpp"
#include "relay/app/server_tools.hpp"
#include "relay/base/text.hpp"
#include "relay/config/nearest.hpp"
#include "relay/config/route_rules.hpp"
#include "relay/log/log.hpp"
#include "relay/net/task_group.hpp"
#include "relay/outbound/router.hpp"

namespace kurir::app {

namespace asio = boost::asio;

namespace {

constexpr std::size_t name_width = 16;
constexpr std::size_t time_width = 10;

std::string padded(std::string text, std::size_t width) {
    text.resize(std::max(width, text.size()), ' ');
    return text;
}

void add_servers(
    std::vector<server_to_check>& all,
    const config::config& config,
    const std::string& name,
    const config::relayhost_list& servers
) {
    const auto routes = outbound::routes_of(config);
    const auto& definition = routes.find(name == config::default_route ? "" : name);
    for (const auto& each : servers)
        all.push_back({.relayhost = name, .probed = {.server = each, .definition = definition}});
}

std::string server_text(const config::relayhost& server) {
    auto alone = server;
    alone.shares = false;
    return config::relayhosts_text({alone});
}

std::string why_none(const config::config& config, const std::string& name) {
    if (name.empty()) return "no relayhost is configured: mail goes to the MX hosts";
    std::vector<std::string> names;
    for (const auto& [each, servers] : config.relayhosts)
        names.push_back(each);
    const auto nearest = config::nearest_name(base::lowered(name), names);
    return "there is no relayhost \"" + name + "\"" +
           (nearest.empty() ? "" : "; did you mean " + nearest + "?");
}

asio::awaitable<void> check_each(
    outbound::trial_tools tools, std::vector<server_to_check> servers, bool& all_good
) {
    all_good = true;
    for (const auto& each : servers) {
        const auto report = co_await probe_relayhost(tools, each.probed);
        all_good = all_good && report.trouble.empty();
        std::fputs(text_of(each, report).c_str(), stdout);
        std::fflush(stdout);
    }
}

}  // namespace

std::vector<server_to_check> servers_to_check(
    const config::config& config, const std::string& name
) {
    const auto wanted = base::lowered(name);
    std::vector<server_to_check> all;
    const std::string usual(config::default_route);
    if (wanted.empty() || wanted == usual) add_servers(all, config, usual, config.relayhost);
    for (const auto& [each, servers] : config.relayhosts) {
        if (wanted.empty() || wanted == each) add_servers(all, config, each, servers);
    }
    return all;
}

std::string text_of(const outbound::trial_step& step) {
    const auto time = std::to_string(step.took.count()) + " ms";
    return "  " + padded(step.name, name_width) + padded(time, time_width) + step.detail + '\n';
}

std::string text_of(const server_to_check& checked, const outbound::trial_report& report) {
    std::string text =
        "relayhost " + checked.relayhost + ": " + server_text(checked.probed.server) + '\n';
    for (const auto& each : report.steps)
        text += text_of(each);
    if (report.trouble.empty()) {
        return text + (checked.probed.definition.credential.empty()
                           ? "  It can be used; there is no login.\n"
                           : "  It can be used.\n");
    }
    text += "  FAILED: " + report.trouble + '\n';
    if (!report.advice.empty()) text += "  Advice: " + report.advice + '\n';
    return text;
}

int check_relayhosts(const config::config& config, const std::string& name) {
    auto servers = servers_to_check(config, name);
    if (servers.empty()) {
        std::fputs((why_none(config, name) + '\n').c_str(), stderr);
        return exit_usage;
    }
    auto tools = server_tools::make(config);
    if (!tools) {
        std::fputs((tools.error() + '\n').c_str(), stderr);
        return EXIT_FAILURE;
    }
    bool all_good = false;
    (*tools)->run(check_each((*tools)->for_trials(), std::move(servers), all_good));
    return all_good ? EXIT_SUCCESS : EXIT_FAILURE;
}

asio::awaitable<void> report_relayhosts(outbound::trial_tools tools) {
    for (const auto& each : servers_to_check(*tools.config.get(), "")) {
        if (each.probed.definition.credential.empty()) continue;
        const auto report = co_await probe_relayhost(tools, each.probed);
        const bool stopping = co_await net::was_cancelled();
        if (stopping) co_return;
        const bool good = report.trouble.empty();
        std::chrono::milliseconds took{};
        for (const auto& step : report.steps)
            took += step.took;
        log::event line(log::level::notice, "relayhost_check");
        line.with("what", good ? "usable" : "unusable")
            .with("relayhost", each.relayhost)
            .with("host", server_text(each.probed.server))
            .with("duration_ms", took.count());
        if (!report.steps.empty()) line.with("last_step", report.steps.back().name);
        if (!good) line.with("error", report.trouble);
        if (!report.advice.empty()) line.with("advice", report.advice);
    }
}

}  // namespace kurir::app
