#include "relay/app/suspend_commands.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <cstdint>

#include "relay/app/admin_answer.hpp"
#include "relay/app/command_line.hpp"
#include "relay/app/text_table.hpp"
#include "relay/base/text.hpp"
#include "relay/outbound/operator_suspension.hpp"

namespace kurir::app {

namespace json = boost::json;

namespace {

constexpr const char* suspensions_path = "/api/v1/suspensions";

// "destination=mx.example.com".
std::string selection_in(const json::object& suspension) {
    for (const auto& [name, value] : suspension) {
        if (outbound::suspension_subject_named(name)) {
            return std::string(name) + '=' + text_in(suspension, name);
        }
    }
    return {};
}

void tell_suspension_done(const json::object& suspension, list_form form, std::string_view done) {
    if (form == list_form::json) return print_line({json::serialize(suspension)});
    print_line(
        {done,
         ' ' + count_in(suspension, "number"),
         ": ",
         selection_in(suspension),
         " until ",
         text_in(suspension, "until")}
    );
}

bool is_meant(const suspend_order& order, const json::object& suspension) {
    if (order.all) return true;
    return std::ranges::any_of(order.subject, [&](const auto& each) {
        return base::lowered(text_in(suspension, each.first)) == base::lowered(each.second);
    });
}

int end_suspension(const suspend_order& order, const std::string& number) {
    auto query = with_parameter("", "by", order.given_by);
    if (!order.because.empty()) query = with_parameter(std::move(query), "because", order.because);
    const auto ended = ask_relay(order.relay, "DELETE", suspensions_path + ('/' + number) + query);
    if (ended.status == EXIT_SUCCESS) tell_suspension_done(ended.value, order.form, "resumed");
    return ended.status;
}

}  // namespace

int suspend_mail(const suspend_order& order) {
    json::object body{
        {"by", order.given_by},
        {"because", order.because},
        {"until", order.until},
        {"for", order.duration},
    };
    for (const auto& [name, pattern] : order.subject)
        body[name] = pattern;
    const auto begun = ask_relay(order.relay, "POST", suspensions_path, json::serialize(body));
    if (begun.status == EXIT_SUCCESS) tell_suspension_done(begun.value, order.form, "suspended");
    return begun.status;
}

int resume_mail(const suspend_order& order) {
    if (!order.number.empty()) return end_suspension(order, order.number);
    if (order.subject.empty() && !order.all) {
        complain_of_queue("resume what? The number of a suspension, what it suspends, or --all");
        return exit_usage;
    }
    const auto listed = ask_relay(order.relay, "GET", suspensions_path);
    if (listed.status != EXIT_SUCCESS) return listed.status;
    bool any = false;
    for (const auto& each : listed.value.at("suspensions").as_array()) {
        if (!is_meant(order, each.as_object())) continue;
        const auto status = end_suspension(order, count_in(each.as_object(), "number"));
        // It may be over by itself meanwhile.
        if (status != EXIT_SUCCESS && status != exit_nothing) return status;
        any = any || status == EXIT_SUCCESS;
    }
    if (!any) complain_of_queue("no suspension matches");
    return any ? EXIT_SUCCESS : exit_nothing;
}

int list_suspensions(const admin::address& relay, list_form form) {
    const auto listed = ask_relay(relay, "GET", suspensions_path);
    if (listed.status != EXIT_SUCCESS) return listed.status;
    text_table table({" NUMBER", "SUSPENDED", "SINCE", "UNTIL", "BY", "BECAUSE"});
    const auto& all = listed.value.at("suspensions").as_array();
    for (const auto& each : all) {
        const auto& suspension = each.as_object();
        if (form == list_form::json) print_line({json::serialize(suspension)});
        if (form == list_form::ids) print_line({count_in(suspension, "number")});
        table.add({
            count_in(suspension, "number"),
            selection_in(suspension),
            text_in(suspension, "since"),
            text_in(suspension, "until"),
            text_in(suspension, "by"),
            text_in(suspension, "because"),
        });
    }
    if (form == list_form::table && !all.empty()) print_text(table.text());
    return all.empty() ? exit_nothing : EXIT_SUCCESS;
}

}  // namespace kurir::app
