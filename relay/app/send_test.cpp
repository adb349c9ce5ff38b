#include "relay/app/send_test.hpp"

#include <CLI/CLI.hpp>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "relay/app/command_line.hpp"
#include "relay/app/dkim_keys.hpp"
#include "relay/app/json_line.hpp"
#include "relay/app/relayhost_check.hpp"
#include "relay/app/server_tools.hpp"
#include "relay/app/test_message.hpp"
#include "relay/app/verdict_meaning.hpp"
#include "relay/base/text.hpp"
#include "relay/config/addresses.hpp"
#include "relay/config/nearest.hpp"
#include "relay/config/route_rules.hpp"
#include "relay/net/clock.hpp"
#include "relay/outbound/router.hpp"

namespace kurir::app {

namespace asio = boost::asio;

namespace {

int reject_order(const std::string& why, int status) {
    std::fputs(("kurir send-test: " + why + '\n').c_str(), stderr);
    return status;
}

void print_now(const std::string& text) {
    std::fputs(text.c_str(), stdout);
    std::fflush(stdout);
}

std::string domain_of_address(const std::string& address) {
    return base::lowered(address.substr(address.rfind('@') + 1));
}

// Why the order can't be carried out; empty: it can. Fills in what it leaves open.
std::string complete(const config::config& config, test_order& order) {
    if (!config::is_mail_address(order.recipient)) {
        return "--to wants an address, such as you@example.org";
    }
    if (order.sender.empty()) {
        const auto& domain = config.local_domain.empty() ? config.hostname : config.local_domain;
        if (domain.find('.') == std::string::npos) {
            return "--from is needed: KURIR_HOSTNAME has no dot, so there is no usual sender";
        }
        order.sender = "postmaster@" + domain;
    }
    if (!config::is_mail_address(order.sender)) {
        return "--from wants an address, such as app@example.com";
    }
    return {};
}

std::string unknown_route(const config::config& config, const std::string& name) {
    std::vector<std::string> names{std::string(config::default_route)};
    for (const auto& rule : config.routes.all())
        names.emplace_back(rule.target.name);
    for (const auto& [each, servers] : config.relayhosts)
        names.push_back(each);
    const auto nearest = config::nearest_name(name, names);
    return "there is no route \"" + name + "\"" +
           (nearest.empty() ? "" : "; did you mean " + nearest + "?");
}

// As `kurir route` finds it.
std::string route_by_rules(const config::config& config, const test_order& order) {
    const auto domain = domain_of_address(order.recipient);
    const auto* rule = config.routes.find({.domain = domain, .sender = order.sender});
    return std::string(rule == nullptr ? config::default_route : rule->target.name);
}

class test_run {
public:
    test_run(server_tools& tools, const outbound::route_table& routes, test_order order)
        : tools_(tools), routes_(routes), order_(std::move(order)) {}

    bool accepted() const noexcept { return accepted_; }

    asio::awaitable<void> run(outbound::trial_message message, std::string signature) {
        const auto choice =
            routes_.choose({.domain = domain_of_address(order_.recipient), .route = order_.route});
        begin();
        if (!signature.empty()) tell({.name = "signed", .took = {}, .detail = signature});
        const auto began = net::clock::now();
        outbound::router router(tools_.config(), routes_, tools_.resolver(), {});
        auto found = co_await router.find(choice);
        if (const auto* no = std::get_if<outbound::verdict>(&found)) {
            end(*no, "");
            co_return;
        }
        auto& route = std::get<outbound::route>(found);
        const auto took = net::clock::now() - began;
        tell({"found", std::chrono::round<std::chrono::milliseconds>(took), hosts_of(route)});
        co_await try_each(route, message);
    }

private:
    static std::string hosts_of(const outbound::route& route) {
        std::string text;
        for (const auto& each : route.targets) {
            text +=
                (text.empty() ? "" : "; ") + each.name + ": " + outbound::list_of(each.addresses);
        }
        return text;
    }

    // As an attempt does: the next host, if this one can't be reached or asks for another.
    asio::awaitable<void> try_each(
        const outbound::route& route, const outbound::trial_message& message
    ) {
        for (std::size_t at = 0; at < route.targets.size(); ++at) {
            const auto& host = route.targets[at];
            if (route.targets.size() > 1) tell({.name = "host", .took = {}, .detail = host.name});
            outbound::session_trial trial(tools_.for_trials(), route);
            const auto report = co_await trial.run(host, &message);
            for (const auto& each : report.steps)
                tell(each);
            const bool last = at + 1 == route.targets.size();
            if (last || !report.end->try_next_host) {
                end(*report.end, report.advice);
                co_return;
            }
            tell({.name = "passed over", .took = {}, .detail = report.trouble});
        }
    }

    void begin() const {
        if (order_.json) {
            print_now(json_line()
                          .text("step", "begin")
                          .text("from", order_.sender)
                          .text("to", order_.recipient)
                          .text("route", order_.route)
                          .finish());
            return;
        }
        print_now(
            "from " + order_.sender + " to " + order_.recipient + ", route " + order_.route + '\n'
        );
    }

    void tell(const outbound::trial_step& step) const {
        if (!order_.json) {
            print_now(text_of(step));
            return;
        }
        print_now(json_line()
                      .text("step", step.name)
                      .number("took_ms", step.took.count())
                      .text("detail", step.detail)
                      .finish());
    }

    void end(const outbound::verdict& verdict, const std::string& advice) {
        const bool discarded = verdict.outcome == outbound::outcome::delivered &&
                               verdict.cause == outbound::cause::rule;
        accepted_ = verdict.outcome == outbound::outcome::delivered && !discarded;
        const auto meaning = plain_meaning(verdict) + (advice.empty() ? "" : " Advice: " + advice);
        if (order_.json) {
            constexpr std::array<std::string_view, 3> names{"accepted", "deferred", "failed"};
            const auto result = names.at(static_cast<std::size_t>(verdict.outcome));
            print_now(json_line()
                          .text("step", "end")
                          .text("result", discarded ? "discarded" : result)
                          .text("status", verdict.status.text())
                          .text("reply", verdict.diagnostic)
                          .text("meaning", meaning)
                          .finish());
            return;
        }
        if (!accepted_) print_now("  NOT ACCEPTED: " + verdict.diagnostic + '\n');
        print_now("  " + meaning + '\n');
    }

    server_tools& tools_;
    const outbound::route_table& routes_;
    const test_order order_;
    bool accepted_ = false;
};

}  // namespace

CLI::App* add_send_test(CLI::App& program, test_order& order) {
    auto* command = program.add_subcommand(
        "send-test", "Send a small message beside the queue, and print how each step went"
    );
    command->add_option("--to", order.recipient, "The recipient's address")->required();
    command->add_option(
        "--from", order.sender, "The sender's address; default: postmaster of this relay"
    );
    command->add_option("--route", order.route, "The route's name; default: by KURIR_ROUTES");
    command->add_flag("--json", order.json, "Print a line of JSON for each step");
    return command;
}

int send_test(const config::config& config, test_order order) {
    order.route = base::lowered(order.route);
    if (!config.redirect_all_to.empty()) order.recipient = config.redirect_all_to;
    if (const auto wrong = complete(config, order); !wrong.empty()) {
        return reject_order(wrong, exit_usage);
    }
    if (config.capture) {
        return reject_order("KURIR_CAPTURE is on: nothing is sent to anybody", EXIT_FAILURE);
    }
    const auto routes = outbound::routes_of(config);
    if (order.route.empty()) order.route = route_by_rules(config, order);
    if (order.route != config::default_route && !routes.has(order.route)) {
        return reject_order(unknown_route(config, order.route), exit_usage);
    }
    const auto keys = read_dkim_keys(config);
    for (const auto& each : keys.mistakes)
        std::fputs((each + '\n').c_str(), stderr);
    if (!keys.mistakes.empty()) return exit_config;

    const auto time = std::chrono::floor<std::chrono::milliseconds>(net::calendar_now());
    const test_envelope envelope{
        .sender = order.sender,
        .recipient = order.recipient,
        .hostname = config.hostname,
        .unique = base::compact_utc_text(time) + '.' + std::to_string(::getpid()),
        .time = time,
    };
    auto text = test_message(envelope);
    test_signatures signatures;
    if (keys.signer) {
        auto made = sign_test(*keys.signer, envelope, text);
        if (!made) return reject_order(made.error(), EXIT_FAILURE);
        signatures = std::move(*made);
    }
    text = signatures.fields + text;
    auto tools = server_tools::make(config);
    if (!tools) return reject_order(tools.error(), exit_config);
    const bool utf8 = base::has_high(order.sender + order.recipient);
    outbound::trial_message message{
        .mail =
            {
                .reverse_path = order.sender,
                .recipients = {order.recipient},
                .size = text.size(),
                .eight_bit = utf8,
                .smtputf8 = utf8,
            },
        .text = std::move(text),
    };
    test_run run(**tools, routes, std::move(order));
    (*tools)->run(run.run(std::move(message), std::move(signatures.described)));
    return run.accepted() ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace kurir::app
