#include "relay/control/transcript_desk.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <chrono>
#include <string>
#include <utility>

#include "relay/admin/json_answer.hpp"
#include "relay/admin/json_fields.hpp"
#include "relay/base/utc.hpp"
#include "relay/config/units.hpp"
#include "relay/control/operator_name.hpp"
#include "relay/log/log.hpp"
#include "relay/log/transcript.hpp"

namespace kurir::control {

namespace asio = boost::asio;
namespace http = boost::beast::http;
namespace json = boost::json;
using std::chrono::system_clock;

namespace {

constexpr std::size_t transcript_pattern_max = 255;

admin::answer transcripts_answer() {
    json::array all;
    for (const auto& each : log::chosen_transcripts()) {
        const auto until = std::chrono::floor<std::chrono::milliseconds>(each.until);
        all.push_back(json::object{
            {each.peer == log::peer::client ? "client" : "server", each.pattern},
            {"until", base::utc_text(until)},
        });
    }
    return admin::json_answer(json::object{{"transcripts", std::move(all)}});
}

void tell_transcripts(
    std::string_view action,
    const std::string& selection,
    const json::object& order,
    const std::string& caller
) {
    log::event(log::level::notice, "admin")
        .with("what", action)
        .with("selection", selection)
        .with("by", name_of_operator(admin::text_in(order, "by"), caller))
        .with("because", admin::text_in(order, "reason"));
}

asio::awaitable<admin::answer> choose_transcript(const admin::request& asked) {
    const auto parsed = admin::object_of(asked.body());
    if (!parsed) co_return admin::mistake("the body is no JSON object");
    const auto& order = *parsed;
    const auto client = admin::text_in(order, "client");
    const auto server = admin::text_in(order, "server");
    if (client.empty() == server.empty()) {
        co_return admin::mistake("either client or server says whose sessions");
    }
    const auto& pattern = client.empty() ? server : client;
    if (pattern.size() > transcript_pattern_max)
        co_return admin::mistake("a pattern has 255 bytes at most");
    const auto time = config::duration_of(admin::text_in(order, "for"));
    if (!time || time->count() <= 0 || *time > longest_transcript) {
        co_return admin::mistake("for is a time such as 10m, 24h at most");
    }
    auto all = log::chosen_transcripts();
    if (all.size() >= transcripts_max) {
        co_return admin::problem(http::status::service_unavailable, "too many transcripts hold");
    }
    all.push_back({
        .peer = client.empty() ? log::peer::server : log::peer::client,
        .pattern = pattern,
        .until = system_clock::now() + *time,
    });
    log::choose_transcripts(std::move(all));
    tell_transcripts(
        "transcript", (client.empty() ? "server=" : "client=") + pattern, order, asked.caller
    );
    co_return transcripts_answer();
}

asio::awaitable<admin::answer> list_transcripts() {
    co_return transcripts_answer();
}

asio::awaitable<admin::answer> end_transcripts(const admin::request& asked) {
    log::choose_transcripts({});
    tell_transcripts("end_transcripts", "everything", {}, asked.caller);
    co_return transcripts_answer();
}

}  // namespace

std::vector<admin::endpoint> transcript_endpoints() {
    using admin::path_words;
    using admin::request;
    constexpr auto api = metrics::http_handler::api;
    return {
        {"/api/v1/transcripts",
         http::verb::post,
         [](const request& asked, const path_words&) { return choose_transcript(asked); },
         api},
        {"/api/v1/transcripts",
         http::verb::get,
         [](const request&, const path_words&) { return list_transcripts(); },
         api},
        {"/api/v1/transcripts",
         http::verb::delete_,
         [](const request& asked, const path_words&) { return end_transcripts(asked); },
         api},
    };
}

}  // namespace kurir::control
