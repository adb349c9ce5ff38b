#include "relay/app/trace_command.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <array>
#include <cmath>
#include <cstdlib>
#include <string_view>

#include "relay/app/admin_answer.hpp"
#include "relay/app/text_table.hpp"

namespace kurir::app {

namespace json = boost::json;

namespace {

// `label` and the field's value; nothing if there is none.
std::string part(const json::object& event, std::string_view name, std::string_view label) {
    const auto* value = event.if_contains(name);
    if (value == nullptr) return {};
    auto text = value->is_string() ? std::string(value->get_string()) : json::serialize(*value);
    if (name == "retry_in_s" && value->is_number()) {
        text = short_duration(std::llround(value->to_number<double>()));
    }
    if (text.empty()) return {};
    return std::string(label) + text;
}

struct labelled_field {
    std::string_view name;
    std::string_view label;
};

// In the order in which people read them.
constexpr std::array<labelled_field, 21> told_fields{{
    {"what", " "},
    {"selection", " "},
    {"reason", ": "},
    {"by", " by "},
    {"because", " because "},
    {"user", ", user "},
    {"client_ip", ", from "},
    {"origin", ", there "},
    {"mx_host", ", at "},
    {"mx_ip", " "},
    {"destination", ", for "},
    {"attempt", ", attempt "},
    {"enhanced", ", "},
    {"response", " "},
    {"retry_in_s", ", again in "},
    {"size", ", bytes: "},
    {"recipients", ", recipients: "},
    {"original_from", ", sender was "},
    {"original_to", ", recipients were "},
    {"admit_by", "; to admit it: "},
    {"node", "; relay "},
}};

std::string way_of(const json::object& event) {
    const auto recipients = text_in(event, "to");
    const auto end = recipients.empty() ? "" : " to " + recipients;
    if (event.if_contains("from") == nullptr) return end;
    const auto sender = text_in(event, "from");
    return " " + (sender.empty() ? "<>" : sender) + end;
}

std::string without_controls(std::string text) {
    for (auto& each : text) {
        if ((each >= '\0' && each < ' ') || each == '\x7f') each = '?';
    }
    return text;
}

}  // namespace

std::string trace_line(const json::object& event) {
    auto line = text_in(event, "ts") + ' ' + text_in(event, "event");
    const auto id = text_in(event, "queue_id");
    if (!id.empty()) line += ' ' + id;
    line += way_of(event);
    for (const auto& each : told_fields) {
        const bool is_wrong_login = each.name == "reason" && text_in(event, each.name) == "wrong";
        line += is_wrong_login ? ": unknown user, or wrong password"
                               : part(event, each.name, each.label);
    }
    return without_controls(std::move(line));
}

int trace_mail(const admin::address& relay, const trace_question& question) {
    auto query = with_parameter("", "subject", question.subject);
    if (question.limit > 0) {
        query = with_parameter(std::move(query), "limit", std::to_string(question.limit));
    }
    const auto answer = ask_relay(relay, "GET", "/api/v1/trace" + query);
    if (answer.status != EXIT_SUCCESS) return answer.status;
    const auto& events = answer.value.at("events").as_array();
    for (const auto& each : events) {
        print_line({question.json ? json::serialize(each) : trace_line(each.as_object())});
    }
    if (!question.json) {
        if (admin::flag_in(answer.value, "more"))
            print_line({"There are older events; --limit N tells more."});
        if (admin::flag_in(answer.value, "queued")) {
            print_line({"It is in the queue: kurir queue why ", question.subject});
        }
        if (events.empty()) complain_of_queue("nothing is known of " + question.subject);
    }
    return events.empty() ? exit_nothing : EXIT_SUCCESS;
}

}  // namespace kurir::app
