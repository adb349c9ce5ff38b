#include "relay/control/node_endpoints.hpp"

#include <boost/json/array.hpp>

#include <chrono>
#include <utility>

#include "relay/admin/json_answer.hpp"
#include "relay/net/clock.hpp"

namespace kurir::control {

namespace asio = boost::asio;
namespace http = boost::beast::http;
namespace json = boost::json;

namespace {

std::int64_t whole_seconds(std::chrono::nanoseconds time) {
    return std::chrono::floor<std::chrono::seconds>(time).count();
}

json::object json_of(const queue::node& node) {
    const auto& [host, version, address] = node.facts;
    return {
        {"name", node.id.empty() ? host : queue::name_of(host, node.id)},
        {"host", host},
        {"version", version},
        {"address", address},
        {"age_s", whole_seconds(node.age)},
        {"silent_s", whole_seconds(node.silent)},
        {"alive", node.silent <= queue::silence_max},
        {"self", node.is_self},
        {"deliveries", node.claimed},
    };
}

asio::awaitable<admin::answer> list_nodes(
    queue_view& view, queue::node_facts self, net::clock::time_point begun
) {
    auto found = co_await view.nodes();
    if (!found) {
        co_return admin::problem(
            http::status::service_unavailable, "the nodes can't be read: " + found.error().message()
        );
    }
    if (!view.is_shared()) {
        queue::node only;
        only.facts = std::move(self);
        only.is_self = true;
        only.age = std::chrono::floor<std::chrono::milliseconds>(net::clock::now() - begun);
        only.claimed = co_await view.count_own();
        found->push_back(std::move(only));
    }
    json::array all;
    for (const auto& each : *found)
        all.push_back(json_of(each));
    co_return admin::json_answer(json::object{{"nodes", std::move(all)}});
}

}  // namespace

std::vector<admin::endpoint> node_endpoints(queue_view& view, queue::node_facts self) {
    using http::verb;
    const auto begun = net::clock::now();
    return {
        {"/api/v1/nodes",
         verb::get,
         [&view, self = std::move(self), begun](const admin::request&, const admin::path_words&) {
             return list_nodes(view, self, begun);
         },
         metrics::http_handler::api,
         admin::places::state::slow},
    };
}

}  // namespace kurir::control
