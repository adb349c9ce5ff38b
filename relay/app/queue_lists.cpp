// The commands that list: mail, sums of it, orders.
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include "relay/admin/query.hpp"
#include "relay/app/admin_answer.hpp"
#include "relay/app/queue_commands.hpp"
#include "relay/app/text_table.hpp"

namespace kurir::app {

namespace json = boost::json;

namespace {

std::string joined(const std::vector<std::string>& texts, std::size_t shown) {
    std::string all;
    for (std::size_t at = 0; at < std::min(texts.size(), shown); ++at)
        all += (at == 0 ? "" : ", ") + texts[at];
    if (texts.size() > shown) all += " and " + std::to_string(texts.size() - shown) + " more";
    return all;
}

text_table queue_table() {
    return text_table(
        {"ID", " AGE", " SIZE", "PRIORITY", "STATE", "NEXT ATTEMPT", "FROM", "TO", "WHY"}
    );
}

std::vector<std::string> queue_row(const json::object& entry) {
    const auto sender = text_in(entry, "from");
    return {
        text_in(entry, "id"),
        short_duration(number_in(entry, "age_s")),
        short_size(static_cast<unsigned long long>(number_in(entry, "size"))),
        text_in(entry, "priority"),
        text_in(entry, "state"),
        text_in(entry, "next_attempt_at").substr(0, 19),
        sender.empty() ? "<>" : sender,
        joined(texts_in(entry, "to"), 2),
        joined(texts_in(entry, "why"), 1),
    };
}

void print_entries(const std::vector<json::object>& entries, list_form form) {
    if (form == list_form::table) {
        auto table = queue_table();
        for (const auto& each : entries)
            table.add(queue_row(each));
        if (!table.empty()) print_text(table.text());
        return;
    }
    for (const auto& each : entries)
        print_text((form == list_form::json ? json::serialize(each) : text_in(each, "id")) + '\n');
}

void sort_entries(std::vector<json::object>& entries, const std::string& key) {
    const auto texts = [&](std::string_view name) {
        std::ranges::sort(entries, {}, [name](const auto& each) { return text_in(each, name); });
    };
    const auto numbers = [&](std::string_view name) {
        std::ranges::sort(entries, std::ranges::greater(), [name](const auto& each) {
            return number_in(each, name);
        });
    };
    if (key == "age") numbers("age_s");
    if (key == "size" || key == "attempts") numbers(key);
    if (key == "next") {
        // What has no next attempt comes last.
        std::ranges::sort(entries, {}, [](const auto& each) {
            auto time = text_in(each, "next_attempt_at");
            const bool is_held = time.empty();
            return std::pair(is_held, std::move(time));
        });
    }
    if (key == "from" || key == "domain") texts(key);
}

void warn_of_part(bool complete) {
    if (!complete) {
        complain_of_queue(
            "there is more than this: the queue is still being read, or can't be read now"
        );
    }
}

}  // namespace

namespace {

constexpr std::size_t page_max = 1000;

// The relay sorts, and sends no more than what is shown.
int list_first(const queue_question& question) {
    auto query = with_parameter(query_text(question.selection), "sort", question.sort);
    query = with_parameter(query, "limit", std::to_string(question.limit));
    auto answer = ask_relay(question.relay, "GET", "/api/v1/queue" + query);
    if (answer.status != EXIT_SUCCESS) return answer.status;
    std::vector<json::object> entries;
    for (auto& each : answer.value["entries"].as_array())
        entries.push_back(std::move(each.as_object()));
    print_entries(entries, question.form);
    if (entries.empty() && question.form == list_form::table) complain_of_queue("no mail matches");
    return entries.empty() ? exit_nothing : EXIT_SUCCESS;
}

}  // namespace

int list_queue(const queue_question& question) {
    if (!question.sort.empty() && question.limit > 0 && question.limit <= page_max)
        return list_first(question);
    std::vector<json::object> kept;
    std::size_t count = 0;
    bool complete = true;
    std::optional<std::string> next{"0"};
    const bool streams = question.sort.empty() && question.form != list_form::table;
    while (next && (question.limit == 0 || !question.sort.empty() || count < question.limit)) {
        auto query = with_parameter(query_text(question.selection), "cursor", *next);
        const auto room =
            question.limit == 0 ? page_max : question.limit - std::min(count, question.limit);
        const auto page = question.sort.empty() ? std::min(room, page_max) : page_max;
        auto answer = ask_relay(
            question.relay,
            "GET",
            "/api/v1/queue" + with_parameter(query, "limit", std::to_string(page))
        );
        if (answer.status != EXIT_SUCCESS) return answer.status;
        complete = complete && admin::flag_in(answer.value, "complete");
        next.reset();
        if (answer.value.contains("next")) next = text_in(answer.value, "next");
        std::vector<json::object> entries;
        for (auto& each : answer.value["entries"].as_array())
            entries.push_back(std::move(each.as_object()));
        count += entries.size();
        if (streams) {
            print_entries(entries, question.form);
        } else {
            std::ranges::move(entries, std::back_inserter(kept));
        }
    }
    if (!streams) {
        sort_entries(kept, question.sort);
        if (question.limit > 0 && kept.size() > question.limit) kept.resize(question.limit);
        print_entries(kept, question.form);
    }
    warn_of_part(complete);
    if (count == 0 && question.form == list_form::table) complain_of_queue("no mail matches");
    return count == 0 ? exit_nothing : EXIT_SUCCESS;
}

int sum_queue(const queue_question& question, const std::string& key) {
    const auto query = with_parameter(query_text(question.selection), "by", key);
    auto answer = ask_relay(question.relay, "GET", "/api/v1/queue-sums" + query);
    if (answer.status != EXIT_SUCCESS) return answer.status;
    warn_of_part(admin::flag_in(answer.value, "complete"));
    std::vector<json::object> groups;
    for (auto& each : answer.value["groups"].as_array())
        groups.push_back(std::move(each.as_object()));
    std::ranges::sort(groups, std::ranges::greater(), [](const auto& each) {
        return number_in(each, "deliveries");
    });
    if (question.limit > 0 && groups.size() > question.limit) groups.resize(question.limit);
    if (question.form == list_form::json) {
        for (const auto& each : groups)
            print_text(json::serialize(each) + '\n');
    } else {
        text_table table(
            {key,
             " DELIVERIES",
             " RECIPIENTS",
             " SIZE",
             " <5m",
             " 10m",
             " 20m",
             " 40m",
             " 80m",
             " 160m",
             " 320m",
             " 320m+"}
        );
        for (const auto& each : groups) {
            std::vector<std::string> row{
                text_in(each, "key"),
                std::to_string(number_in(each, "deliveries")),
                std::to_string(number_in(each, "recipients")),
                short_size(static_cast<unsigned long long>(number_in(each, "bytes"))),
            };
            if (row.front().empty()) row.front() = "-";
            for (const auto& age : each.at("by_age").as_array())
                row.push_back(std::to_string(age.to_number<long long>()));
            table.add(std::move(row));
        }
        if (!table.empty()) print_text(table.text());
    }
    return groups.empty() ? exit_nothing : EXIT_SUCCESS;
}

int list_orders(const queue_question& question) {
    const auto answer = ask_relay(question.relay, "GET", "/api/v1/orders");
    if (answer.status != EXIT_SUCCESS) return answer.status;
    text_table table(
        {" ORDER", "ACTION", "SELECTION", "BY", " MATCHED", " DONE", " BUSY", "STATE", "REASON"}
    );
    for (const auto& each : answer.value.at("orders").as_array()) {
        const auto& order = each.as_object();
        if (question.form == list_form::json) print_text(json::serialize(order) + '\n');
        const bool over = order.at("over").as_bool();
        table.add({
            std::to_string(number_in(order, "order")),
            text_in(order, "action"),
            text_in(order, "selection"),
            text_in(order, "by"),
            count_in(order, "matched"),
            count_in(order, "done"),
            count_in(order, "busy"),
            order.at("dry_run").as_bool()   ? "dry run"
            : order.at("stopped").as_bool() ? "stopped"
            : over                          ? "over"
                                            : "running",
            text_in(order, "reason"),
        });
    }
    if (table.empty()) return exit_nothing;
    if (question.form != list_form::json) print_text(table.text());
    return EXIT_SUCCESS;
}

int end_order(const queue_question& question, const std::string& number) {
    return ask_relay(question.relay, "DELETE", "/api/v1/orders/" + admin::encoded(number)).status;
}

}  // namespace kurir::app
