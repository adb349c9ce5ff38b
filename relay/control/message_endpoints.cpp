#include <boost/json/object.hpp>

#include <memory>
#include <utility>
#include <variant>

#include "relay/admin/json_answer.hpp"
#include "relay/admin/query.hpp"
#include "relay/control/import_desk.hpp"
#include "relay/control/message_json.hpp"

namespace kurir::control {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using admin::answer;
using admin::path_words;
using admin::request;

namespace {

asio::awaitable<answer> export_message(
    queue_view& view,
    const config::live_config& config,
    const request& asked,
    const std::string& word
) {
    if (!queue::message_id::parse(word))
        co_return admin::mistake("an id has 13 letters and digits");
    auto given = admin::query_of(asked.target());
    if (!given) co_return admin::mistake("the query can't be decoded");
    std::erase_if(*given, [](const auto& each) { return each.first == "id"; });
    given->emplace_back("id", word);
    auto read = selector::read(*given);
    if (auto* wrong = std::get_if<std::string>(&read)) co_return admin::mistake(*wrong);
    const auto wanted = std::make_shared<const selector>(std::get<selector>(std::move(read)));
    auto found = co_await view.deliveries(wanted);
    if (!found) {
        co_return admin::problem(http::status::service_unavailable, found.error().message());
    }
    std::erase_if(*found, [](const auto& each) {
        return each.message == nullptr || each.chosen.empty();
    });
    if (found->empty()) co_return admin::not_found(word);
    co_return admin::json_answer(exported_message(*found, config.get()->hostname, read_clocks()));
}

}  // namespace

std::vector<admin::endpoint> message_endpoints(
    queue_view& view, import_desk& desk, const config::live_config& config
) {
    using http::verb;
    constexpr auto api = metrics::http_handler::api;
    constexpr auto slow = admin::places::state::slow;
    return {
        {.path = "/api/v1/queue/{id}/envelope",
         .method = verb::get,
         .handle = [&view, &config](
                       const request& asked, const path_words& words
                   ) { return export_message(view, config, asked, words.at(0)); },
         .label = api,
         .place = slow},
        {.path = "/api/v1/messages",
         .method = verb::post,
         .handle =
             [&desk](const request& asked, const path_words&) { return desk.begin(asked.body()); },
         .label = api,
         .place = slow,
         .body_max = import_desk::envelope_max},
        {.path = "/api/v1/messages/{number}/content",
         .method = verb::put,
         .handle = [&desk](
                       const request& asked, const path_words& words
                   ) { return desk.take(words.at(0), asked.body()); },
         .label = api,
         .place = slow,
         .body_max = import_desk::piece_max},
        {.path = "/api/v1/messages/{number}/keep",
         .method = verb::post,
         .handle =
             [&desk](const request&, const path_words& words) { return desk.keep(words.at(0)); },
         .label = api,
         .place = slow},
    };
}

}  // namespace kurir::control
