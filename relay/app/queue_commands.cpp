#include "relay/app/queue_commands.hpp"

#include <boost/json/serialize.hpp>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <iostream>

#include "relay/app/admin_answer.hpp"
#include "relay/app/command_line.hpp"

namespace kurir::app {

namespace json = boost::json;
using namespace std::chrono_literals;

namespace {

json::object order_body(const queue_order& order, bool dry_run) {
    json::object selection;
    for (const auto& [name, value] : order.selection)
        selection[name] = value;
    return {
        {"action", order.action},
        {"selector", std::move(selection)},
        {"by", order.given_by},
        {"reason", order.reason},
        {"text", order.text},
        {"route", order.route},
        {"dry_run", dry_run},
    };
}

// On one line of a terminal, which the end of the order ends.
void print_progress(const json::object& state) {
    if (isatty(STDERR_FILENO) == 0) return;
    const bool over = state.at("over").as_bool();
    if (admin::flag_in(state, "waiting")) {
        std::fputs("\rwaiting for the queue to be read", stderr);
        return;
    }
    std::fputs(("\r" + count_in(state, "done") + " done" + (over ? "\n" : "")).c_str(), stderr);
}

// False if the operator does not want it after all.
bool is_wanted(const queue_order& order, std::string_view verb, long long matched) {
    if (order.confirmed || isatty(STDIN_FILENO) == 0) return order.confirmed;
    std::fputs(
        (std::string(verb) + ' ' + counted_deliveries(matched) + "? [y/N] ").c_str(), stderr
    );
    std::string answer;
    std::getline(std::cin, answer);
    return answer == "y" || answer == "yes";
}

// A retry tries nothing that is suspended.
void tell_of_suspensions(const admin::address& relay) {
    const auto listed = ask_relay(relay, "GET", "/api/v1/suspensions");
    if (listed.status != EXIT_SUCCESS) return;
    const auto count = listed.value.at("suspensions").as_array().size();
    if (count == 0) return;
    const auto all = counted(static_cast<long long>(count), "suspension", "suspensions");
    complain_of_queue("what is suspended is not tried: " + all + ", see kurir suspensions");
}

// Who gives an order has often read that a reason belongs to it.
void tell_that_nothing_matches(const queue_order& order) {
    const bool by_reason = std::ranges::any_of(order.selection, [](const auto& criterion) {
        return criterion.first == "reason";
    });
    complain_of_queue(
        by_reason && order.reason.empty()
            ? "no mail matches: --reason is what was said last of mail; why you do it is --because"
            : "no mail matches"
    );
}

void tell_done(const queue_order& order, const json::object& state) {
    const auto done = number_in(state, "done");
    const auto busy = number_in(state, "busy");
    if (done == 0 && busy == 0) {
        tell_that_nothing_matches(order);
        return;
    }
    const auto elsewhere = number_in(state, "busy_elsewhere");
    print_line(
        {order.action,
         ": ",
         counted_deliveries(done),
         busy == 0 ? "" : "; " + std::to_string(busy) + (busy == 1 ? " is" : " are"),
         busy == 0 ? "" : " being tried",
         elsewhere == 0 ? "" : ", " + std::to_string(elsewhere) + " of them by other nodes"}
    );
    if (order.action == "retry") tell_of_suspensions(order.relay);
}

}  // namespace

admin_answer carry_out(const queue_order& order, bool dry_run, bool is_shown) {
    auto state = ask_relay(
        order.relay, "POST", "/api/v1/orders", json::serialize(order_body(order, dry_run))
    );
    const auto target = "/api/v1/orders/" + std::to_string(number_in(state.value, "order"));
    auto pause = 10ms;
    while (state.status == EXIT_SUCCESS && (order.waits || dry_run) &&
           !state.value.at("over").as_bool()) {
        pause_for(pause);
        pause = std::min(pause * 2, 500ms);
        state = ask_relay(order.relay, "GET", target);
        if (state.status == EXIT_SUCCESS && !dry_run && is_shown) print_progress(state.value);
    }
    return state;
}

std::optional<int> ask_before(const queue_order& order, std::string_view verb) {
    const auto trial = carry_out(order, true);
    if (trial.status != EXIT_SUCCESS) return trial.status;
    const auto matched = number_in(trial.value, "matched");
    if (order.dry_run && order.form == list_form::json) {
        print_line({json::serialize(trial.value)});
    } else if (order.dry_run) {
        const auto recipients = number_in(trial.value, "recipients");
        print_line(
            {counted_deliveries(matched),
             " with ",
             counted(recipients, "recipient", "recipients"),
             matched == 1 ? " matches" : " match"}
        );
    }
    if (matched == 0) {
        if (!order.dry_run) tell_that_nothing_matches(order);
        return exit_nothing;
    }
    if (order.dry_run) return EXIT_SUCCESS;
    if (is_wanted(order, verb, matched)) return std::nullopt;
    complain_of_queue(
        counted_deliveries(matched) + (matched == 1 ? " matches" : " match") + "; --yes does it"
    );
    return exit_usage;
}

int give_order(const queue_order& order) {
    const bool harmless =
        order.action == "retry" || order.action == "hold" || order.action == "release";
    if (order.dry_run || (!order.confirmed && !harmless)) {
        if (const auto status = ask_before(order, order.action)) return *status;
    }
    const auto done = carry_out(order, false);
    if (done.status != EXIT_SUCCESS) return done.status;
    if (order.form == list_form::json) {
        print_text(json::serialize(done.value) + '\n');
    } else if (!order.waits) {
        print_line({"order ", count_in(done.value, "order"), " is under way"});
        return EXIT_SUCCESS;
    } else {
        tell_done(order, done.value);
    }
    const bool none = number_in(done.value, "done") == 0 && number_in(done.value, "busy") == 0;
    return none && order.waits ? exit_nothing : EXIT_SUCCESS;
}

}  // namespace kurir::app
