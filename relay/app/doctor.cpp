#include "relay/app/doctor.hpp"

#include <CLI/CLI.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <utility>

#include "dns/record.hpp"
#include "relay/app/command_line.hpp"
#include "relay/app/dkim_keys.hpp"
#include "relay/app/doctor_database.hpp"
#include "relay/app/doctor_domains.hpp"
#include "relay/app/doctor_machine.hpp"
#include "relay/app/doctor_servers.hpp"
#include "relay/app/json_line.hpp"
#include "relay/app/own_addresses.hpp"
#include "relay/app/server_tools.hpp"
#include "relay/base/numeric_address.hpp"

namespace kurir::app {

namespace asio = boost::asio;
using doctor::finding;
using doctor::grade;

namespace {

int reject_question(const std::string& why, int status) {
    std::fputs(("kurir doctor: " + why + '\n').c_str(), stderr);
    return status;
}

std::string json_of(const finding& each) {
    return json_line()
        .text("check", each.check)
        .text("subject", each.subject)
        .text("status", doctor::text_of(each.grade))
        .text("found", each.found)
        .text("advice", each.advice)
        .finish();
}

// What is wrong with the command line; empty: nothing. Names get their usual form.
std::string mistake_in(doctor_order& order) {
    for (auto& each : order.domains) {
        each = dns::canonical(each);
        const bool name = dns::is_name(each) && each.find('.') != std::string::npos;
        if (!name || base::numeric_address(each)) return "'" + each + "' is no domain";
    }
    for (const auto& each : order.addresses) {
        if (!base::numeric_address(each)) return "'" + each + "' is no IP address";
    }
    return {};
}

void tell_of_settings(const config::loaded& loaded, const finding_sink& tell) {
    for (const auto& each : loaded.warnings) {
        tell({
            .check = "settings",
            .subject = "",
            .grade = grade::warning,
            .found = each,
            .advice = "change the setting, if this is not meant",
        });
    }
    if (loaded.warnings.empty()) tell({.check = "settings", .subject = "", .found = "no warnings"});
}

asio::awaitable<void> look(
    server_tools& tools, const doctor_order& order, const dkim_reading& keys, finding_sink tell
) {
    const auto config = tools.config().get();
    const auto own = co_await find_own_addresses(tools, order.addresses, tell);
    co_await look_at_addresses(tools, own, tell);
    auto domains = order.domains;
    if (domains.empty()) domains = sender_domains(*config, keys);
    if (domains.empty()) {
        tell({
            .check = "domains",
            .subject = "",
            .grade = grade::skipped,
            .found = "SPF, DKIM and DMARC were not looked at: no settings name your domains",
            .advice = "kurir doctor DOMAIN",
        });
    }
    for (const auto& each : domains)
        co_await look_at_domain(tools, {.domain = each, .own = own, .keys = keys}, tell);
    co_await look_at_port(tools, order.domains, tell);
    co_await look_at_relayhosts(tools, tell);
}

}  // namespace

CLI::App* add_doctor(CLI::App& program, doctor_order& order) {
    auto* command = program.add_subcommand(
        "doctor", "Look at names, SPF, DKIM, DMARC, servers and this machine, and say what to do"
    );
    command->add_option("DOMAIN", order.domains, "Domains that mail is sent for");
    command
        ->add_option(
            "--address", order.addresses, "An address that receivers see us with, behind NAT"
        )
        ->allow_extra_args(false);  // what follows is a domain
    command->add_flag("--json", order.json, "Print a line of JSON for each finding");
    return command;
}

int run_doctor(const config::loaded& loaded, doctor_order order) {
    if (const auto mistake = mistake_in(order); !mistake.empty()) {
        return reject_question(mistake, exit_usage);
    }
    bool any_wrong = false;
    const finding_sink tell = [&](const finding& each) {
        any_wrong = any_wrong || each.grade == grade::wrong;
        std::fputs((order.json ? json_of(each) : text_of(each)).c_str(), stdout);
        std::fflush(stdout);
    };
    const auto& config = loaded.config;
    tell_of_settings(loaded, tell);
    look_at_machine(config, tell);
    look_at_database(config, tell);
    const auto keys = read_dkim_keys(config);
    for (const auto& each : keys.mistakes) {
        tell({
            .check = "dkim",
            .subject = config.dkim.key_dir,
            .grade = grade::wrong,
            .found = each,
            .advice = "mend it: the relay does not start so",
        });
    }
    auto tools = server_tools::make(config);
    if (!tools) {
        tell({
            .check = "tls_ca",
            .subject = config.tls_ca,
            .grade = grade::wrong,
            .found = tools.error(),
            .advice = "mend it: the relay does not start so",
        });
        return EXIT_FAILURE;
    }
    (*tools)->run(look(**tools, order, keys, tell));
    return any_wrong ? EXIT_FAILURE : EXIT_SUCCESS;
}

}  // namespace kurir::app
