#include "relay/control/suppression_endpoints.hpp"

#include <boost/json/array.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include "relay/admin/json_answer.hpp"
#include "relay/admin/json_fields.hpp"
#include "relay/control/operator_name.hpp"
#include "relay/control/parameters.hpp"
#include "relay/net/clock.hpp"
#include "relay/suppression/export.hpp"
#include "relay/suppression/time_text.hpp"

namespace kurir::control {

namespace asio = boost::asio;
namespace http = boost::beast::http;
namespace json = boost::json;
using admin::answer;
using admin::request;
using suppression::list_format;

namespace {

constexpr std::size_t usual_entries = 100;
constexpr std::size_t most_entries = 1000;

answer refusal_of(const admin::suppression_refusal& refused) {
    switch (refused.failure) {
        case admin::suppression_failure::bad_order:
            return admin::mistake(refused.text);
        case admin::suppression_failure::not_found:
            return admin::problem(http::status::not_found, refused.text);
        case admin::suppression_failure::full:
        case admin::suppression_failure::disk:
            break;
    }
    return admin::problem(http::status::service_unavailable, refused.text);
}

std::optional<list_format> format_named(const std::string& name) {
    if (name.empty()) return list_format::automatic;
    if (name == "csv") return list_format::csv;
    if (name == "json") return list_format::json;
    return std::nullopt;
}

// The end of an entry as the list takes it; empty: for ever. Sets `wrong` if it is none.
std::string end_text(const std::string& until, const std::string& duration, std::string& wrong) {
    const auto now = std::chrono::floor<std::chrono::seconds>(net::calendar_now());
    const auto end = read_end(until, duration, now);
    if (wrong.empty()) wrong = end.wrong;
    return end.at ? suppression::time_text(*end.at) : std::string();
}

// The filter that the parameters ask for; sets their `wrong`.
suppression::filter filter_of(parameters& given) {
    suppression::filter made{.address = given.at("address"), .reason = given.at("reason")};
    if (given.values.contains("tenant")) {
        made.tenant = suppression::read_tenant(given.at("tenant"));
        if (!made.tenant) given.wrong = "tenant is neither a user nor a domain";
    }
    const auto origin = given.at("origin");
    if (origin == text_of(suppression::origin::hand)) made.origin = suppression::origin::hand;
    if (origin == text_of(suppression::origin::imported)) {
        made.origin = suppression::origin::imported;
    }
    if (!origin.empty() && !made.origin) given.wrong = "origin is one of hand, import";
    const auto expired = given.at("expired");
    made.with_expired = expired == "true";
    if (!expired.empty() && expired != "true" && expired != "false") {
        given.wrong = "expired is true or false";
    }
    return made;
}

asio::awaitable<answer> list_entries(admin::suppressions& list, const request& asked) {
    auto given = parameters_of(
        asked, {"address", "tenant", "reason", "origin", "expired", "limit", "cursor"}
    );
    auto filter = filter_of(given);
    const auto limit = limit_of(given, usual_entries, most_entries);
    if (!given.wrong.empty()) co_return admin::mistake(given.wrong);
    const auto page = co_await list.list(std::move(filter), given.at("cursor"), limit);
    json::array entries;
    for (const auto& each : page.entries)
        entries.push_back(json_of(each));
    json::object all{{"entries", std::move(entries)}};
    if (!page.next.empty()) all["next"] = page.next;
    co_return admin::json_answer(all);
}

asio::awaitable<answer> add_entry(admin::suppressions& list, const request& asked) {
    const auto all = admin::object_of(asked.body());
    if (!all) co_return admin::mistake("the body is no JSON object");
    admin::suppression_order order{
        .address = admin::text_in(*all, "address"),
        .tenant = admin::text_in(*all, "tenant"),
        .reason = admin::text_in(*all, "reason"),
        .added_by = name_of_operator(admin::text_in(*all, "by"), asked.caller),
    };
    std::string wrong;
    order.until = end_text(admin::text_in(*all, "until"), admin::text_in(*all, "for"), wrong);
    if (order.added_by.empty()) wrong = "by says who gives the order";
    if (!wrong.empty()) co_return admin::mistake(wrong);
    const auto added = co_await list.add(std::move(order));
    co_return added ? admin::json_answer(json_of(*added)) : refusal_of(added.error());
}

asio::awaitable<answer> remove_entry(
    admin::suppressions& list, const request& asked, const std::string& address
) {
    const auto given = parameters_of(asked, {"tenant", "by", "because"});
    if (!given.wrong.empty()) co_return admin::mistake(given.wrong);
    if (given.at("by").empty()) co_return admin::mistake("by says who gives the order");
    const auto removed =
        co_await list.remove(address, given.at("tenant"), given.at("by"), given.at("because"));
    co_return removed ? admin::json_answer(json_of(*removed)) : refusal_of(removed.error());
}

json::object report_json(const admin::suppression_import_report& report) {
    json::array mistakes;
    for (const auto& each : report.told)
        mistakes.push_back(json::object{{"line", each.line}, {"what", each.what}});
    return {
        {"added", report.added},
        {"replaced", report.replaced},
        {"unchanged", report.unchanged},
        {"bad", report.bad},
        {"mistakes", std::move(mistakes)},
    };
}

asio::awaitable<answer> import_entries(admin::suppressions& list, const request& asked) {
    auto given =
        parameters_of(asked, {"format", "tenant", "reason", "by", "until", "for", "dry_run"});
    const auto format = format_named(given.at("format"));
    if (!format) given.wrong = "format is one of csv, json";
    if (given.at("by").empty()) given.wrong = "by says who gives the order";
    const auto until = end_text(given.at("until"), given.at("for"), given.wrong);
    if (!given.wrong.empty()) co_return admin::mistake(given.wrong);
    const auto report = co_await list.import_list({
        .text = asked.body(),
        .format = *format,
        .defaults =
            {.tenant = given.at("tenant"),
             .reason = given.at("reason"),
             .added_by = given.at("by"),
             .until = until},
        .dry_run = given.at("dry_run") == "true",
    });
    co_return report ? admin::json_answer(report_json(*report)) : refusal_of(report.error());
}

asio::awaitable<answer> export_entries(admin::suppressions& list, const request& asked) {
    auto given = parameters_of(asked, {"format", "cursor"});
    auto format = format_named(given.at("format"));
    if (!format) given.wrong = "format is one of csv, json";
    if (!given.wrong.empty()) co_return admin::mistake(given.wrong);
    if (*format == list_format::automatic) format = list_format::csv;
    auto piece = co_await list.export_from(given.at("cursor"), *format);
    json::object all{{"text", std::move(piece.text)}};
    if (!piece.next.empty()) all["next"] = std::move(piece.next);
    co_return admin::json_answer(all);
}

}  // namespace

std::vector<admin::endpoint> suppression_endpoints(admin::suppressions& list) {
    using admin::path_words;
    using http::verb;
    constexpr auto api = metrics::http_handler::api;
    constexpr auto slow = admin::places::state::slow;
    std::vector<admin::endpoint> table{
        {"/api/v1/suppressions",
         verb::get,
         [&list](const request& asked, const path_words&) { return list_entries(list, asked); },
         api,
         slow},
        {"/api/v1/suppressions",
         verb::post,
         [&list](const request& asked, const path_words&) { return add_entry(list, asked); },
         api,
         slow},
        {"/api/v1/suppressions/{address}",
         verb::delete_,
         [&list](const request& asked, const path_words& words) {
             return remove_entry(list, asked, words.at(0));
         },
         api,
         slow},
        {"/api/v1/suppression-export",
         verb::get,
         [&list](const request& asked, const path_words&) { return export_entries(list, asked); },
         api,
         slow},
        {"/api/v1/suppression-imports",
         verb::post,
         [&list](const request& asked, const path_words&) { return import_entries(list, asked); },
         api,
         slow},
    };
    table.back().body_max = suppression::import_size_max;
    return table;
}

}  // namespace kurir::control
