#include "relay/control/queue_endpoints.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "relay/admin/json_answer.hpp"
#include "relay/admin/json_fields.hpp"
#include "relay/admin/query.hpp"
#include "relay/base/text.hpp"
#include "relay/control/operator_name.hpp"
#include "relay/control/queue_json.hpp"
#include "relay/control/words.hpp"
#include "relay/net/clock.hpp"
#include "relay/outbound/lifetime.hpp"
#include "relay/outbound/router.hpp"

namespace kurir::control {

namespace asio = boost::asio;
namespace http = boost::beast::http;
namespace json = boost::json;
using admin::answer;
using admin::flag_in;
using admin::json_answer;
using admin::mistake;
using admin::not_found;
using admin::problem;
using admin::request;
using admin::text_in;

namespace {

constexpr std::size_t usual_page = 100;

// The query of a request: criteria, and the parameters beside them.
struct question {
    std::shared_ptr<const selector> wanted = nullptr;
    std::map<std::string, std::string> parameters = {};
    std::string wrong = {};
};

question question_of(
    const request& asked, std::initializer_list<std::string_view> parameter_names
) {
    question made;
    const auto all = admin::query_of(asked.target());
    if (!all) {
        made.wrong = "the query can't be decoded";
        return made;
    }
    criteria given;
    for (const auto& [name, value] : *all) {
        if (std::ranges::find(parameter_names, name) != parameter_names.end()) {
            made.parameters[name] = value;
        } else {
            given.emplace_back(name, value);
        }
    }
    auto read = selector::read(given);
    if (auto* wrong = std::get_if<std::string>(&read)) {
        made.wrong = std::move(*wrong);
    } else {
        made.wanted = std::make_shared<const selector>(std::get<selector>(std::move(read)));
    }
    return made;
}

// Of the parameters of a list; or what is wrong.
struct list_bounds {
    std::size_t limit = usual_page;
    list_cursor first = {};
    std::optional<list_order> order = {};
    std::string wrong = {};
};

list_bounds bounds_of(const std::map<std::string, std::string>& parameters) {
    list_bounds made;
    for (const auto& [name, value] : parameters) {
        if (name == "sort") {
            made.order = order_named(value);
            if (!made.order) made.wrong = known_orders();
            continue;
        }
        if (name == "cursor") {
            const auto cursor = list_cursor_named(value);
            if (!cursor) made.wrong = "cursor is what `next` of the page before said";
            made.first = cursor.value_or(list_cursor());
            continue;
        }
        const auto number = base::parse_number<std::uint32_t>(value);
        if (!number) made.wrong = name + " is a number";
        made.limit = number.value_or(0);
    }
    if (!made.wrong.empty()) return made;
    if (made.limit == 0 || made.limit > queue_view::page_max) {
        made.wrong = "limit is from 1 to " + std::to_string(queue_view::page_max);
    } else if (made.order && parameters.contains("cursor")) {
        made.wrong = "sort and cursor: what is sorted is the first page";
    }
    return made;
}

// The store can't be read just now.
answer unreadable(const boost::system::error_code& why) {
    return problem(http::status::service_unavailable, "the queue can't be read: " + why.message());
}

asio::awaitable<answer> list(queue_view& view, const request& asked) {
    const auto given = question_of(asked, {"limit", "cursor", "sort"});
    if (!given.wrong.empty()) co_return mistake(given.wrong);
    const auto bounds = bounds_of(given.parameters);
    if (!bounds.wrong.empty()) co_return mistake(bounds.wrong);
    const bool complete = view.complete();
    page found;
    if (bounds.order) {
        found = co_await view.list_sorted(given.wanted, *bounds.order, bounds.limit);
    } else {
        found = co_await view.list(given.wanted, bounds.first, bounds.limit);
    }
    // Else all are there, though without their envelopes.
    const bool is_needed = given.wanted->needs_envelope() || bounds.order == list_order::from;
    if (found.unread && is_needed) co_return unreadable(found.unread);
    const auto clock = read_clocks();
    json::array entries;
    for (const auto& each : found.entries)
        entries.push_back(json_of(each, clock));
    json::object all{{"entries", std::move(entries)}, {"complete", complete && !found.partial}};
    if (found.next) all["next"] = text_of(*found.next);
    co_return json_answer(all);
}

asio::awaitable<answer> sums(queue_view& view, const request& asked) {
    auto given = question_of(asked, {"by"});
    if (!given.wrong.empty()) co_return mistake(given.wrong);
    const auto by = grouping_named(given.parameters["by"]);
    if (!by) co_return mistake(known_groupings());
    const bool complete = view.complete();
    const auto sums = co_await view.sums(given.wanted, *by);
    if (!sums) co_return unreadable(sums.error());
    const auto clock = read_clocks();
    json::array groups;
    for (const auto& [key, sum] : *sums)
        groups.push_back(json_of(key, sum, clock));
    co_return json_answer(json::object{{"groups", std::move(groups)}, {"complete", complete}});
}

// When what is not delivered by then goes back to its sender.
queue::time_point end_of_life(
    const config::config& config, const queue::envelope& mail, const clock_reading& clock
) {
    const auto age = outbound::queue_age(config, mail.received_at, clock.now);
    return clock.now + std::chrono::floor<std::chrono::milliseconds>(config.max_queue_time) - age;
}

answer gone(const std::string& id) {
    return problem(
        http::status::not_found,
        id + " is not in the queue; kurir trace " + id + " tells what became of it"
    );
}

asio::awaitable<answer> show(
    queue_view& view, const config::live_config& config, const std::string& word
) {
    const auto id = queue::message_id::parse(word);
    if (!id) co_return mistake("an id has 13 letters and digits");
    const auto read = co_await view.envelope(*id);
    if (!read) co_return unreadable(read.error());
    const auto& message = *read;
    if (message == nullptr) co_return gone(word);
    const auto reasons = co_await view.why(*id);
    const auto clock = read_clocks();
    auto all = json_of(*message, clock);
    all["bounces_at"] = time_text(end_of_life(*config.get(), message->mail, clock), clock);
    json::array deliveries;
    auto& recipients = all["recipients"].as_array();
    for (auto& each : recipients)
        each.as_object()["waits"] = false;
    for (const auto& each : reasons) {
        deliveries.push_back(json_of(each, clock));
        for (const auto place : each.recipients) {
            if (place < recipients.size()) recipients[place].as_object()["waits"] = true;
        }
    }
    all["deliveries"] = std::move(deliveries);
    co_return json_answer(all);
}

asio::awaitable<answer> content(queue_view& view, const admin::path_words& words) {
    const auto id = queue::message_id::parse(words.at(0));
    const auto index = base::parse_number<std::uint32_t>(words.at(1));
    if (!id || !index) co_return mistake("the path is /api/v1/queue/ID/content/NUMBER");
    const auto read = co_await view.envelope(*id);
    if (!read) co_return unreadable(read.error());
    const auto& message = *read;
    if (message == nullptr) co_return gone(words.at(0));
    if (*index >= message->mail.chunks) co_return not_found("chunk " + words.at(1));
    auto bytes = co_await view.chunk(*id, *index);
    if (!bytes) co_return problem(http::status::service_unavailable, bytes.error().message());
    auto text = std::move(*bytes);
    if (*index == 0) text.insert(0, message->mail.extras->prefix);
    co_return answer{http::status::ok, "application/octet-stream", std::move(text)};
}

// The criteria of an order, and how people read them.
struct order_selection {
    std::variant<selector, std::string> wanted;
    std::string text;
};

order_selection selection_of(const json::object& all) {
    criteria given;
    std::string text;
    const auto* chosen = all.if_contains("selector");
    if (chosen == nullptr || !chosen->is_object()) return {"there is no selector", {}};
    for (const auto& [name, value] : chosen->get_object()) {
        if (!value.is_string()) return {std::string(name) + " is no text", {}};
        given.emplace_back(name, value.get_string());
        text.append(text.empty() ? "" : " ").append(name).append("=").append(value.get_string());
    }
    return {selector::read(given), text.empty() ? "everything" : text};
}

// What is wrong with the name of a route; nothing if it is one, or empty: the default route.
std::string mistake_in_route(const std::string& name, const config::config& config) {
    auto known = outbound::routes_of(config).names();
    if (name.empty() || std::ranges::find(known, name) != known.end()) return {};
    std::erase(known, config::suppressed_route);  // nobody's to choose
    return "there is no route \"" + name + "\"; " + one_of("route", known);
}

asio::awaitable<answer> give_order(
    order_desk& orders, const config::live_config& config, const request& asked
) {
    const auto parsed = admin::object_of(asked.body());
    if (!parsed) co_return mistake("the body is no JSON object");
    const auto& all = *parsed;
    const auto action = action_named(text_in(all, "action"));
    if (!action) co_return mistake(known_actions());
    auto selection = selection_of(all);
    if (auto* why = std::get_if<std::string>(&selection.wanted)) co_return mistake(*why);
    outbound::operator_order order{
        .action = *action,
        .operator_name = name_of_operator(text_in(all, "by"), asked.caller),
        .reason = text_in(all, "reason"),
        .text = text_in(all, "text"),
        .route = text_in(all, "route"),
        .given = net::wall_now(),
        .since = net::wall_now() + net::calendar_ahead(),
    };
    if (order.operator_name.empty()) co_return mistake("by says who gives the order");
    if (order.operator_name.size() > queue::longest::name ||
        order.route.size() > queue::longest::name) {
        co_return mistake("by and route have 255 bytes at most");
    }
    if (order.reason.size() > queue::longest::reason ||
        order.text.size() > queue::longest::reason) {
        co_return mistake("reason and text have 512 bytes at most");
    }
    if (order.action == outbound::order_action::reroute) {
        if (auto wrong = mistake_in_route(order.route, *config.get()); !wrong.empty())
            co_return mistake(wrong);
    }
    const bool is_dry = flag_in(all, "dry_run");
    const auto number = orders.begin(
        std::move(order), std::get<selector>(std::move(selection.wanted)), selection.text, is_dry
    );
    if (!number)
        co_return problem(http::status::service_unavailable, "too many orders are under way");
    co_return json_answer(json_of(*orders.find(*number)));
}

asio::awaitable<answer> list_orders(const order_desk& orders) {
    json::array all;
    for (const auto& [number, state] : orders.all())
        all.push_back(json_of(state));
    co_return json_answer(json::object{{"orders", std::move(all)}});
}

asio::awaitable<answer> show_order(const order_desk& orders, const std::string& word) {
    const auto number = base::parse_number<std::uint64_t>(word);
    const auto* state = number ? orders.find(*number) : nullptr;
    co_return state == nullptr ? not_found("order " + word) : json_answer(json_of(*state));
}

asio::awaitable<answer> end_order(order_desk& orders, const std::string& word) {
    const auto number = base::parse_number<std::uint64_t>(word);
    const auto* state = number ? orders.find(*number) : nullptr;
    if (state == nullptr) co_return not_found("order " + word);
    orders.end(*number);
    co_return json_answer(json_of(*state));
}

}  // namespace

std::vector<admin::endpoint> queue_endpoints(
    queue_view& view, order_desk& orders, const config::live_config& config
) {
    using admin::path_words;
    using http::verb;
    constexpr auto api = metrics::http_handler::api;
    constexpr auto slow = admin::places::state::slow;
    return {
        {"/api/v1/queue",
         verb::get,
         [&view](const request& asked, const path_words&) { return list(view, asked); },
         api,
         slow},
        {"/api/v1/queue-sums",
         verb::get,
         [&view](const request& asked, const path_words&) { return sums(view, asked); },
         api,
         slow},
        {"/api/v1/queue/{id}",
         verb::get,
         [&view, &config](const request&, const path_words& words) {
             return show(view, config, words.at(0));
         },
         api,
         slow},
        {"/api/v1/queue/{id}/content/{number}",
         verb::get,
         [&view](const request&, const path_words& words) { return content(view, words); },
         api,
         slow},
        {"/api/v1/orders",
         verb::post,
         [&orders, &config](const request& asked, const path_words&) {
             return give_order(orders, config, asked);
         },
         api},
        {"/api/v1/orders",
         verb::get,
         [&orders](const request&, const path_words&) { return list_orders(orders); },
         api},
        {"/api/v1/orders/{number}",
         verb::get,
         [&orders](const request&, const path_words& words) {
             return show_order(orders, words.at(0));
         },
         api},
        {"/api/v1/orders/{number}",
         verb::delete_,
         [&orders](const request&, const path_words& words) {
             return end_order(orders, words.at(0));
         },
         api},
    };
}

}  // namespace kurir::control
