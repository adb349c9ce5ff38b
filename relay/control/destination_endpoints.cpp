#include "relay/control/destination_endpoints.hpp"

#include <boost/json/array.hpp>

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "relay/admin/json_answer.hpp"
#include "relay/base/text.hpp"
#include "relay/control/destination_json.hpp"
#include "relay/control/kept_sums.hpp"
#include "relay/control/parameters.hpp"
#include "relay/net/ask.hpp"

namespace kurir::control {

namespace asio = boost::asio;
namespace http = boost::beast::http;
namespace json = boost::json;
using admin::answer;
using admin::request;
using outbound::destination_view;

namespace {

constexpr std::size_t usual_destinations = 100;
constexpr std::size_t most_destinations = 1000;

using views = std::vector<destination_view>;

asio::awaitable<views> views_from(
    outbound::dispatcher& dispatcher, std::string first, std::size_t limit
) {
    co_return co_await net::ask<views>(
        dispatcher.executor(),
        [&dispatcher, limit, first = std::move(first)](auto answer) {
            dispatcher.view_destinations(first, limit, std::move(answer));
        }
    );
}

const group_sum* sum_at(const group_sums& mail, const std::string& name) {
    const auto found = mail.find(name);
    return found == mail.end() ? nullptr : &found->second;
}

// `sums`: what the queue has for each destination, for those whose hosts are known.
asio::awaitable<answer> list_destinations(
    std::shared_ptr<kept_sums> sums, outbound::dispatcher& dispatcher, const request& asked
) {
    auto given = parameters_of(asked, {"name", "limit", "cursor"});
    const auto limit = limit_of(given, usual_destinations, most_destinations);
    if (!given.wrong.empty()) co_return admin::mistake(given.wrong);
    const auto pattern = given.at("name");
    const auto mail = co_await sums->get();
    auto page = co_await views_from(dispatcher, given.at("cursor"), limit + 1);
    std::optional<std::string> next;
    if (page.size() > limit) {
        next = page.back().name;
        page.pop_back();
    }
    const auto clock = read_clocks();
    json::array destinations;
    for (const auto& each : page) {
        if (!pattern.empty() && !base::fits_glob(pattern, each.name)) continue;
        destinations.push_back(json_of(each, sum_at(*mail, each.name), clock));
    }
    json::object all{{"destinations", std::move(destinations)}};
    if (next) all["next"] = *next;
    co_return admin::json_answer(all);
}

asio::awaitable<answer> show_destination(
    std::shared_ptr<kept_sums> sums, outbound::dispatcher& dispatcher, const std::string& name
) {
    const auto found = co_await views_from(dispatcher, name, 1);
    if (found.empty() || found.front().name != name) co_return admin::not_found(name);
    const auto mail = co_await sums->get();
    const auto clock = read_clocks();
    auto made = json_of(found.front(), sum_at(*mail, name), clock);
    add_details(made, found.front(), clock);
    co_return admin::json_answer(made);
}

}  // namespace

std::vector<admin::endpoint> destination_endpoints(
    queue_view& view, outbound::dispatcher& dispatcher
) {
    using admin::path_words;
    using http::verb;
    constexpr auto api = metrics::http_handler::api;
    constexpr auto slow = admin::places::state::slow;
    const auto sums = std::make_shared<kept_sums>(view, grouping::destination);
    return {
        {"/api/v1/destinations",
         verb::get,
         [sums, &dispatcher](const request& asked, const path_words&) {
             return list_destinations(sums, dispatcher, asked);
         },
         api,
         slow},
        {"/api/v1/destinations/{name}",
         verb::get,
         [sums, &dispatcher](const request&, const path_words& words) {
             return show_destination(sums, dispatcher, words.at(0));
         },
         api,
         slow},
    };
}

}  // namespace kurir::control
