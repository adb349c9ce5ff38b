#include "relay/control/suspension_endpoints.hpp"

#include <boost/json/array.hpp>

#include <chrono>
#include <string>
#include <utility>
#include <variant>

#include "relay/admin/json_answer.hpp"
#include "relay/admin/json_fields.hpp"
#include "relay/base/text.hpp"
#include "relay/base/utc.hpp"
#include "relay/control/operator_name.hpp"
#include "relay/control/parameters.hpp"
#include "relay/net/clock.hpp"

namespace kurir::control {

namespace asio = boost::asio;
namespace http = boost::beast::http;
namespace json = boost::json;
using admin::answer;
using admin::request;
using outbound::operator_suspension;

namespace {

constexpr std::size_t pattern_max = 1024;

answer refusal_of(const suspension_refusal& refused) {
    const auto status = refused.why == suspension_refusal::kind::not_found
                            ? http::status::not_found
                            : http::status::service_unavailable;
    return admin::problem(status, refused.text);
}

// What the body orders, or what is wrong with it.
std::variant<operator_suspension, std::string> read_suspension_order(
    const json::object& all, const std::string& caller
) {
    const auto now = std::chrono::floor<std::chrono::milliseconds>(net::calendar_now());
    operator_suspension made{
        .operator_name = name_of_operator(admin::text_in(all, "by"), caller),
        .reason = admin::text_in(all, "because"),
        .since = now,
    };
    int subjects = 0;
    for (const auto& [name, value] : all) {
        const auto subject = outbound::suspension_subject_named(name);
        if (!subject) continue;
        ++subjects;
        made.subject = *subject;
        made.pattern = admin::text_in(all, name);
    }
    if (subjects != 1) return "exactly one is given of " + outbound::known_suspension_subjects();
    const std::string subject(text_of(made.subject));
    if (made.pattern.empty()) return subject + " is empty";
    if (made.pattern.size() > pattern_max) return subject + " has 1024 bytes at most";
    if (made.operator_name.empty()) return std::string("by says who gives the order");
    if (made.operator_name.size() > queue::longest::name) {
        return std::string("by has 255 bytes at most");
    }
    if (made.reason.size() > queue::longest::reason) {
        return std::string("because has 512 bytes at most");
    }
    const auto end = read_end(
        admin::text_in(all, "until"),
        admin::text_in(all, "for"),
        std::chrono::ceil<std::chrono::seconds>(now)
    );
    if (!end.wrong.empty()) return end.wrong;
    if (!end.at) return std::string("for or until says when it ends");
    made.until = *end.at;
    return made;
}

asio::awaitable<answer> list_suspensions(suspension_desk& desk) {
    json::array all;
    for (const auto& each : co_await desk.list())
        all.push_back(json_of(each));
    co_return admin::json_answer(json::object{{"suspensions", std::move(all)}});
}

asio::awaitable<answer> begin_suspension(suspension_desk& desk, const request& asked) {
    const auto all = admin::object_of(asked.body());
    if (!all) co_return admin::mistake("the body is no JSON object");
    auto read = read_suspension_order(*all, asked.caller);
    if (auto* wrong = std::get_if<std::string>(&read)) co_return admin::mistake(*wrong);
    const auto added = co_await desk.add(std::get<operator_suspension>(std::move(read)));
    co_return added ? admin::json_answer(json_of(*added)) : refusal_of(added.error());
}

asio::awaitable<answer> end_suspension(
    suspension_desk& desk, const request& asked, const std::string& word
) {
    const auto given = parameters_of(asked, {"by", "because"});
    if (!given.wrong.empty()) co_return admin::mistake(given.wrong);
    if (given.at("by").empty()) co_return admin::mistake("by says who gives the order");
    const auto number = base::parse_number<std::uint64_t>(word);
    if (!number) co_return admin::mistake("the path is /api/v1/suspensions/NUMBER");
    const auto ended = co_await desk.end(*number, given.at("by"), given.at("because"));
    co_return ended ? admin::json_answer(json_of(*ended)) : refusal_of(ended.error());
}

}  // namespace

json::object json_of(const operator_suspension& suspension) {
    return {
        {"number", suspension.number},
        {text_of(suspension.subject), suspension.pattern},
        {"by", suspension.operator_name},
        {"because", suspension.reason},
        {"since", base::utc_text(suspension.since)},
        {"until", base::utc_text(suspension.until)},
    };
}

std::vector<admin::endpoint> suspension_endpoints(suspension_desk& desk) {
    using admin::path_words;
    using http::verb;
    constexpr auto api = metrics::http_handler::api;
    constexpr auto slow = admin::places::state::slow;
    return {
        {"/api/v1/suspensions",
         verb::get,
         [&desk](const request&, const path_words&) { return list_suspensions(desk); },
         api,
         slow},
        {"/api/v1/suspensions",
         verb::post,
         [&desk](const request& asked, const path_words&) { return begin_suspension(desk, asked); },
         api,
         slow},
        {"/api/v1/suspensions/{number}",
         verb::delete_,
         [&desk](const request& asked, const path_words& words) {
             return end_suspension(desk, asked, words.at(0));
         },
         api,
         slow},
    };
}

}  // namespace kurir::control
