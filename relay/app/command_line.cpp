#include "relay/app/command_line.hpp"

#include <CLI/CLI.hpp>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "metrics/metrics.hpp"
#include "relay/admin/health.hpp"
#include "relay/app/certificates.hpp"
#include "relay/app/confinement.hpp"
#include "relay/app/descriptors.hpp"
#include "relay/app/dkim_keys.hpp"
#include "relay/app/dkim_subcommands.hpp"
#include "relay/app/early_signals.hpp"
#include "relay/app/hash_password.hpp"
#include "relay/app/help_subcommands.hpp"
#include "relay/app/memory_limit.hpp"
#include "relay/app/operator_commands.hpp"
#include "relay/app/other_names.hpp"
#include "relay/app/relayhost_check.hpp"
#include "relay/app/reloader.hpp"
#include "relay/app/rewrite_command.hpp"
#include "relay/app/roots_keeper.hpp"
#include "relay/app/route_report.hpp"
#include "relay/app/sendmail.hpp"
#include "relay/app/service.hpp"
#include "relay/app/service_manager.hpp"
#include "relay/app/threads_wanted.hpp"
#include "relay/app/trial_subcommands.hpp"
#include "relay/config/listeners.hpp"
#include "relay/config/parse.hpp"
#include "relay/config/report.hpp"
#include "relay/config/single_setting.hpp"
#include "relay/log/log.hpp"
#include "relay/outbound/logins.hpp"
#include "relay/outbound/remote_tls.hpp"
#include "relay/outbound/router.hpp"
#include "relay/users/user_table.hpp"

// Of a build with a leak checker, whose name it is.
// NOLINTNEXTLINE(bugprone-reserved-identifier,readability-identifier-naming)
extern "C" __attribute__((weak)) void __lsan_do_leak_check();

namespace kurir::app {

namespace {

void print(std::FILE* stream, const std::string& text) {
    std::fputs(text.c_str(), stream);
}

void print(const config::problems& problems) {
    for (const auto& problem : problems)
        print(stderr, problem + '\n');
}

// The configuration, or nothing after one line for each mistake was printed.
std::optional<config::loaded> load(
    const config::environment& variables, const config::host& machine
) {
    auto outcome = config::parse(variables, machine);
    if (auto* loaded = std::get_if<config::loaded>(&outcome)) return std::move(*loaded);
    print(std::get<config::problems>(outcome));
    return std::nullopt;
}

// False after one line for each file of certificates or keys that can't be used was printed.
bool has_good_files(const config::config& settings) {
    const auto ours = read_certificates(settings);
    const auto of_clients = read_client_ca(settings);
    const auto* wrong = std::get_if<config::problems>(&ours);
    if (wrong == nullptr) wrong = std::get_if<config::problems>(&of_clients);
    if (wrong != nullptr) {
        print(*wrong);
        return false;
    }
    outbound::remote_tls trial;
    const auto wrong_roots = load_roots(settings, trial);
    if (!wrong_roots.empty()) print(config::problems{wrong_roots});
    const auto keys = read_token_keys(settings);
    if (!keys) print(config::problems{keys.error()});
    const auto signing = read_dkim_keys(settings);
    print(signing.mistakes);
    return wrong_roots.empty() && keys.has_value() && signing.mistakes.empty();
}

log::format format_of(config::log_format wanted) {
    if (wanted == config::log_format::automatic) {
        return isatty(STDOUT_FILENO) != 0 ? log::format::text : log::format::json;
    }
    if (wanted == config::log_format::postfix) return log::format::postfix;
    return wanted == config::log_format::text ? log::format::text : log::format::json;
}

log::redaction redaction_of(const config::config& settings) {
    using manner = log::redaction::manner;
    switch (settings.log_redact) {
        case config::log_redaction::none:
            break;
        case config::log_redaction::smart:
            return {.way = manner::smart};
        case config::log_redaction::hash:
            return {.way = manner::hash, .key = settings.log_redact_key};
    }
    return {};
}

log::level level_of(config::log_level wanted) {
    switch (wanted) {
        case config::log_level::debug:
            return log::level::debug;
        case config::log_level::info:
            return log::level::info;
        case config::log_level::notice:
            return log::level::notice;
        case config::log_level::warning:
            return log::level::warning;
        case config::log_level::error:
            break;
    }
    return log::level::error;
}

metrics::declared_names declared_names(const config::config& settings) {
    const auto* users = settings.users.table.get();
    return {
        .listeners = config::names_of(settings.listen),
        .relayhosts = outbound::credential_names(settings),
        .routes = outbound::routes_of(settings).names(),
        .users = users == nullptr ? std::vector<std::string>() : users->names(),
        .top_destinations = settings.metrics_top_destinations,
    };
}

// New files belong to us, and can be read at most by our group. A narrower umask is kept.
void narrow_permissions(config::queue_mode mode) {
    const mode_t withheld =
        mode == config::queue_mode::group ? S_IWGRP | S_IRWXO : S_IRWXG | S_IRWXO;
    umask(umask(S_IRWXG | S_IRWXO) | withheld);
}

// Reduces the number of simultaneous deliveries to what the descriptors allow.
void fit_descriptors(config::config& settings) {
    const auto wanted = descriptors_wanted(settings);
    const auto limit = raise_descriptor_limit(wanted);
    if (limit >= wanted) return;
    settings.delivery_workers = workers_within(limit, settings);
    log::event(log::level::warning, "lifecycle")
        .with("what", "few_descriptors")
        .with("limit", limit)
        .with("wanted", wanted)
        .with("deliveries_at_a_time", settings.delivery_workers)
        .with("advice", "raise nofile, or lower KURIR_MAX_SESSIONS or KURIR_DELIVERY_WORKERS");
}

// The same for memory.
memory_plan fit_memory(config::config& settings) {
    const auto uses = limited_memory();
    const auto plan = plan_memory(uses, settings.threads);
    settings.threads = std::min(settings.threads, plan.threads_max);
    const auto fitting = plan.large_messages;
    if (fitting == 0 || fitting >= settings.delivery_workers) return plan;
    settings.delivery_workers = fitting;
    const auto limit = tightest(uses);
    log::event(log::level::notice, "lifecycle")
        .with("what", "little_memory")
        .with("limit", limit->name)
        .with("limit_bytes", limit->limit)
        .with("threads", settings.threads)
        .with("deliveries_at_a_time", fitting)
        .with("large_messages_at_a_time", fitting);
    return plan;
}

std::optional<config::loaded> load(char** environ) {
    return load(config::environment_of(environ), config::this_host());
}

int serve(char** environ, early_signals& early) {
    auto variables = config::environment_of(environ);
    auto machine = config::this_host();
    auto loaded = load(variables, machine);
    if (!loaded || !has_good_files(loaded->config)) return exit_config;
    auto settings = loaded->config;
    std::signal(SIGPIPE, SIG_IGN);  // the reader of the log may go away
    std::signal(SIGXFSZ, SIG_IGN);  // a file at its limit (fsize) is an error of the store, no end
    save_address_space();
    if (const auto why = why_not_so_many_threads(threads_wanted(settings)); !why.empty()) {
        print(stderr, "kurir: " + why + "; raise the limit of processes (nproc, pids)\n");
        return EXIT_FAILURE;
    }
    narrow_permissions(settings.queue_mode);
    // Core dumps are off, because memory is full of mail. A leak checker must read it, though.
    const bool checked = __lsan_do_leak_check != nullptr;
    if (!settings.core_dumps && !checked) prctl(PR_SET_DUMPABLE, 0);
    const auto confined = confine(settings, checked);
    metrics::all metrics(declared_names(settings));
    log::start(
        {.form = format_of(settings.log_format),
         .least = level_of(settings.log_level),
         .hidden = redaction_of(settings),
         .host = settings.hostname},
        metrics.runtime
    );
    log::write_out_at_death();
    early.watch();
    for (const auto& warning : loaded->warnings) {
        log::event(log::level::warning, "config").with("warning", warning);
    }
    for (const auto& notice : loaded->notices) {
        log::event(log::level::notice, "config").with("notice", notice);
    }
    log::event(log::level::notice, "lifecycle")
        .with("what", "starting")
        .with("version", KURIR_VERSION)
        .with("hostname", settings.hostname)
        .with("queue_dir", settings.queue_dir.string())
        .with("threads", settings.threads)
        .with("pid", getpid());
    tell(confined);
    fit_descriptors(settings);
    const auto memory = fit_memory(settings);
    config::live_config live(std::move(settings));
    service_manager manager(variables);
    reloader on_hangup(
        std::move(*loaded), std::move(variables), std::move(machine), live, metrics.runtime
    );
    int status = EXIT_FAILURE;
    try {
        service program(live, on_hangup, metrics, memory, manager);
        status = program.run(early);
    } catch (const std::exception& error) {
        log::event(log::level::error, "internal")
            .with("where", "start")
            .with("error", error.what());
    }
    log::stop();
    return status;
}

int check_config(char** environ) {
    const auto loaded = load(environ);
    if (!loaded || !has_good_files(loaded->config)) return exit_config;
    for (const auto& warning : loaded->warnings)
        print(stderr, "warning: " + warning + '\n');
    for (const auto& notice : loaded->notices)
        print(stderr, "notice: " + notice + '\n');
    return EXIT_SUCCESS;
}

int show_config(char** environ) {
    const auto loaded = load(environ);
    if (!loaded) return exit_config;
    print(stdout, config::describe(*loaded));
    return EXIT_SUCCESS;
}

// A mistake in another setting does not make the running relay unhealthy: it uses the last good
// version.
int show_health(char** environ) {
    const auto variables = config::environment_of(environ);
    const auto outcome = config::parse_alone("KURIR_HTTP_LISTEN", variables, config::this_host());
    if (const auto* wrong = std::get_if<config::problems>(&outcome)) {
        print(*wrong);
        return exit_config;
    }
    const auto health = admin::health_of(std::get<config::config>(outcome).http_listen);
    print(health.ready ? stdout : stderr, health.ready ? "ready\n" : health.report + '\n');
    return health.ready ? EXIT_SUCCESS : EXIT_FAILURE;
}

int show_route(char** environ, const route_question& question) {
    const auto loaded = load(environ);
    if (!loaded) return exit_config;
    const auto report = route_report(loaded->config, question);
    if (!report) {
        print(
            stderr,
            "kurir route: FROM is an address or <>, TO an address or a domain, "
            "--client an IP address\n"
        );
        return exit_usage;
    }
    print(stdout, *report);
    return EXIT_SUCCESS;
}

CLI::App* add_route_command(CLI::App& program, route_question& question) {
    auto* route = program.add_subcommand(
        "route", "Print which route a message would take: the rule, the hosts, the limits"
    );
    route->add_option("FROM", question.sender, "The sender's address; <>: a bounce")->required();
    route->add_option("TO", question.recipient, "A recipient's address or domain")->required();
    route->add_option("--user", question.credential, "The user who submits it");
    route->add_option("--client", question.client, "The client's address");
    route->add_option("--tag", question.tag, "The value of X-Kurir-Route");
    return route;
}

}  // namespace

int command_line(int argc, char** argv, char** environ) {
    auto words = command_words({argv, static_cast<std::size_t>(argc)});
    if (!words.empty() && words.front() == "sendmail") {
        const std::vector<std::string_view> arguments(words.begin() + 1, words.end());
        return run_sendmail(arguments, environ);
    }
    early_signals early;
    CLI::App program("kurir: an outbound SMTP relay. Without a subcommand it serves.", "kurir");
    program.footer([] { return config::help_text(); });
    program.require_subcommand(0, 1);
    program.add_subcommand("serve", "Run the relay until SIGTERM (the default)");
    auto* check =
        program.add_subcommand("check-config", "Check the environment; status 78 if wrong");
    auto* show = program.add_subcommand("config", "Print the values in effect and their origin");
    bool markdown = false;
    show->add_flag("--markdown", markdown, "Print README's table of all settings instead");
    auto* health = program.add_subcommand("health", "Ask the running relay if it is ready");
    route_question question;
    auto* route = add_route_command(program, question);
    rewrite_question unwritten;
    auto* rewrite = add_rewrite_command(program, unwritten);
    auto* relayhost = program.add_subcommand("relayhost", "Commands for relayhosts");
    relayhost->require_subcommand(1, 1);
    auto* try_out = relayhost->add_subcommand(
        "check", "Connect and log in, send nothing, and print how long each step took"
    );
    std::string relayhost_name;
    try_out->add_option("NAME", relayhost_name, "The relayhost's name; default: all of them");
    auto* hash = program.add_subcommand(
        "hash-password", "Read a password from standard input, print what is stored for a user"
    );
    bool for_scram = false;
    hash->add_flag("--scram", for_scram, "Keys for SCRAM-SHA-256 instead of a yescrypt hash");
    std::string user_name;
    hash->add_option("NAME", user_name, "Print the whole line of the user of this name");
    const dkim_subcommands dkim(program);
    const operator_commands operators(program);
    const trial_subcommands trials(program);
    const help_subcommands help(program);
    auto* version = program.add_subcommand("version", "Print the version");
    program.set_version_flag("--version,-V", "kurir " KURIR_VERSION);
    try {
        std::ranges::reverse(words);  // as the library wants them
        program.parse(std::move(words));
    } catch (const CLI::ParseError& error) {
        return program.exit(error) == 0 ? EXIT_SUCCESS : exit_usage;
    }
    const bool serves = !check->parsed() && !show->parsed() && !health->parsed() &&
                        !hash->parsed() && !route->parsed() && !relayhost->parsed() &&
                        !dkim.parsed() && !operators.parsed() && !rewrite->parsed() &&
                        !trials.parsed() && !help.parsed() && !version->parsed();
    if (!serves) early.hand_over();
    if (check->parsed()) return check_config(environ);
    if (show->parsed() && markdown) {
        print(stdout, config::readme_table());
        return EXIT_SUCCESS;
    }
    if (show->parsed()) return show_config(environ);
    if (health->parsed()) return show_health(environ);
    if (route->parsed()) return show_route(environ, question);
    if (rewrite->parsed() || try_out->parsed() || dkim.parsed() || trials.parsed()) {
        const auto loaded = load(environ);
        if (!loaded) return exit_config;
        if (rewrite->parsed()) return show_rewriting(loaded->config, unwritten);
        if (try_out->parsed()) return check_relayhosts(loaded->config, relayhost_name);
        return dkim.parsed() ? dkim.run(loaded->config) : trials.run(*loaded);
    }
    if (operators.parsed()) return operators.run(environ);
    if (hash->parsed()) return hash_password(user_name, for_scram);
    if (help.parsed()) {
        print(stdout, help.text());
        return EXIT_SUCCESS;
    }
    if (version->parsed()) {
        print(stdout, "kurir " KURIR_VERSION "\n");
        return EXIT_SUCCESS;
    }
    return serve(environ, early);
}

}  // namespace kurir::app
