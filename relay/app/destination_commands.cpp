#include "relay/app/destination_commands.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "relay/admin/query.hpp"
#include "relay/app/admin_answer.hpp"
#include "relay/app/text_table.hpp"

namespace kurir::app {

namespace json = boost::json;

namespace {

constexpr const char* destinations_path = "/api/v1/destinations";

const json::object& object_in(const json::object& all, std::string_view name) {
    return all.at(name).as_object();
}

// What asks its mail to wait, in a few words; empty: nothing.
std::string trouble_in(const json::object& each) {
    const auto until = text_in(each, "until").substr(0, 19);
    if (each.contains("suspension")) {
        const auto& order = object_in(each, "suspension");
        return "suspended by " + text_in(order, "by") + " until " + text_in(order, "until");
    }
    const auto reason = text_in(each, "withheld_by");
    if (reason.empty()) return {};
    // Its connections may all be open, or its workers all busy, and nothing waits for them.
    if (until.empty() && number_in(each, "waiting_for_it") == 0) return {};
    const auto shown = reason == "suspended" ? "unreachable" : reason;
    return until.empty() ? shown : shown + " until " + until;
}

std::string waiting_in(const json::object& each) {
    const auto& mail = object_in(each, "deliveries");
    return std::to_string(
        number_in(mail, "incoming") + number_in(mail, "ready") + number_in(mail, "deferred") +
        number_in(mail, "held")
    );
}

std::vector<std::string> destination_row(const json::object& each) {
    const auto& learnt = object_in(each, "learnt");
    const auto wait = trouble_in(each);
    return {
        text_in(each, "name"),
        waiting_in(each),
        count_in(each, "under_way"),
        count_in(each, "connections") + '/' + count_in(learnt, "connections"),
        text_in(learnt, "rate"),
        count_in(each, "taken"),
        count_in(each, "refused"),
        wait.empty() ? "-" : wait,
        text_in(each, "last_trouble"),
    };
}

text_table destination_table() {
    return text_table(
        {"DESTINATION",
         " WAITING",
         " ACTIVE",
         " CONNECTIONS",
         "RATE",
         " TAKEN",
         " REFUSED",
         "WITHHELD",
         "LAST TROUBLE"}
    );
}

void sort_destinations(std::vector<json::object>& all, const std::string& key) {
    const auto most = [&](auto value) { std::ranges::sort(all, std::ranges::greater(), value); };
    if (key == "waiting")
        most([](const json::object& each) { return std::stoll(waiting_in(each)); });
    if (key == "connections") {
        most([](const json::object& each) { return number_in(each, "connections"); });
    }
    if (key == "refused") most([](const json::object& each) { return number_in(each, "refused"); });
}

void print_row(const char* name, const std::string& value) {
    if (!value.empty()) print_line({name, value});
}

// What all nodes that share the queue have of a limit: " of 20 for 3 nodes"; empty: there is one.
std::string share_text(const json::object& learnt, std::string_view limit) {
    if (!learnt.contains("shared")) return {};
    const auto& shared = object_in(learnt, "shared");
    const auto* all = shared.if_contains(limit);
    if (all == nullptr) return {};
    const auto text = all->is_string() ? text_in(shared, limit) : count_in(shared, limit);
    return " of " + text + " for " + count_in(shared, "nodes") + " nodes";
}

// What some relay of a shared queue has found: "4 connections, 12.5 messages a second".
std::string told_text(const json::object& all) {
    if (!all.contains("told")) return {};
    const auto& told = object_in(all, "told");
    std::string text;
    if (told.contains("connections")) text = count_in(told, "connections") + " connections";
    if (const auto* pace = told.if_contains("messages_per_second")) {
        text += (text.empty() ? "" : ", ") + json::serialize(*pace) + " messages a second";
    }
    return text;
}

void print_details(const json::object& all) {
    const auto& learnt = object_in(all, "learnt");
    const auto& mail = object_in(all, "deliveries");
    print_row("destination  ", text_in(all, "name"));
    print_row("route        ", text_in(all, "route"));
    print_row("TLS          ", text_in(all, "tls"));
    print_row("logs in as   ", text_in(all, "credential"));
    for (const auto& each : all.at("hosts").as_array()) {
        const auto& host = each.as_object();
        std::string addresses;
        for (const auto& address : texts_in(host, "addresses"))
            addresses += ' ' + address;
        print_row(
            "host         ", text_in(host, "name") + ':' + count_in(host, "port") + addresses
        );
    }
    std::string states;
    for (const auto& [name, count] : mail)
        states += std::string(name) + ' ' + count_in(mail, name) + "  ";
    print_row("mail         ", states);
    print_row(
        "connections  ",
        count_in(all, "connections") + " (" + count_in(all, "idle") + " idle) of " +
            count_in(learnt, "connections") + " that it takes now, " +
            count_in(learnt, "connections_max") + " at most" + share_text(learnt, "connections_max")
    );
    print_row("rate         ", text_in(learnt, "rate") + share_text(learnt, "rate"));
    if (learnt.contains("tokens_left")) {
        print_row(
            "of the rate  ",
            count_in(learnt, "tokens") + " drawn by this node and not used, " +
                count_in(learnt, "tokens_left") + " left for all"
        );
    }
    if (const auto* pace = learnt.if_contains("messages_per_second")) {
        print_row("learnt pace  ", json::serialize(*pace) + " messages a second");
    }
    print_row("relays found ", told_text(all));
    print_row("withheld by  ", trouble_in(all));
    if (all.contains("suspension")) {
        print_row("because      ", text_in(object_in(all, "suspension"), "because"));
    }
    print_row(
        "answers      ", count_in(all, "taken") + " taken, " + count_in(all, "refused") + " refused"
    );
    print_row("last trouble ", text_in(all, "last_trouble"));
    for (const auto& each : all.at("replies").as_array()) {
        const auto& reply = each.as_object();
        print_row(
            "last hour    ",
            text_in(reply, "last_at").substr(0, 19) + ' ' + count_in(reply, "count") +
                (number_in(reply, "count") == 1 ? " time: " : " times: ") + text_in(reply, "text")
        );
    }
}

}  // namespace

int list_destinations(const destination_question& question) {
    std::vector<json::object> all;
    std::optional<std::string> next{""};
    const auto most = question.sort.empty() ? question.limit : 0;
    while (next && (most == 0 || all.size() < most)) {
        auto query = with_parameter("", "limit", "1000");
        if (!question.name.empty()) query = with_parameter(std::move(query), "name", question.name);
        if (!next->empty()) query = with_parameter(std::move(query), "cursor", *next);
        auto page = ask_relay(question.relay, "GET", destinations_path + query);
        if (page.status != EXIT_SUCCESS) return page.status;
        for (auto& each : page.value["destinations"].as_array())
            all.push_back(std::move(each.as_object()));
        next.reset();
        if (page.value.contains("next")) next = text_in(page.value, "next");
    }
    sort_destinations(all, question.sort);
    if (question.limit > 0 && all.size() > question.limit) all.resize(question.limit);
    auto table = destination_table();
    for (const auto& each : all) {
        if (question.form == list_form::json) print_line({json::serialize(each)});
        if (question.form == list_form::ids) print_line({text_in(each, "name")});
        if (question.form == list_form::table) table.add(destination_row(each));
    }
    if (!table.empty()) print_text(table.text());
    if (all.empty() && question.form == list_form::table) {
        complain_of_queue("no destination matches");
    }
    return all.empty() ? exit_nothing : EXIT_SUCCESS;
}

int show_destination(const destination_question& question) {
    const auto target = destinations_path + ('/' + admin::encoded(question.name));
    const auto answer = ask_relay(question.relay, "GET", target);
    if (answer.status != EXIT_SUCCESS) return answer.status;
    if (question.form == list_form::json) {
        print_line({json::serialize(answer.value)});
    } else {
        print_details(answer.value);
    }
    return EXIT_SUCCESS;
}

}  // namespace kurir::app
