#include "relay/admin/endpoints.hpp"

#include <algorithm>

#include "metrics/metrics.hpp"

namespace kurir::admin {

namespace asio = boost::asio;
namespace http = boost::beast::http;

namespace {

asio::awaitable<answer> metrics_text(operations& program, const request&) {
    auto text = co_await program.exposition();
    co_return answer{http::status::ok, metrics::all::content_type, std::move(text)};
}

asio::awaitable<answer> alive(operations&, const request&) {
    co_return answer{http::status::ok, "text/plain; charset=utf-8", "ok\n"};
}

// /readyz?verbose
bool asks_for_all(std::string_view target) {
    const auto query = target.find('?');
    return query != std::string_view::npos && target.substr(query + 1) == "verbose";
}

asio::awaitable<answer> ready(operations& program, const request& asked) {
    const auto checks = program.ready();
    const bool verbose = asks_for_all(asked.target());
    const auto status = is_ready(checks) ? http::status::ok : http::status::service_unavailable;
    co_return answer{status, "application/json", json(checks, verbose)};
}

using label = metrics::http_handler;

constexpr endpoint all[] = {
    {"/metrics", http::verb::get, metrics_text, label::metrics, places::state::slow},
    {"/livez", http::verb::get, alive, label::livez},
    {"/readyz", http::verb::get, ready, label::readyz},
};

std::string_view path_of(std::string_view target) {
    return target.substr(0, target.find('?'));
}

}  // namespace

std::span<const endpoint> endpoints() {
    return all;
}

const endpoint* find(std::span<const endpoint> table, std::string_view target, http::verb method) {
    const auto wanted = method == http::verb::head ? http::verb::get : method;
    const auto found = std::ranges::find_if(table, [&](const endpoint& each) {
        return each.path == path_of(target) && each.method == wanted;
    });
    return found == table.end() ? nullptr : &*found;
}

std::string methods_of(std::span<const endpoint> table, std::string_view target) {
    std::string methods;
    for (const auto& each : table) {
        if (each.path != path_of(target)) continue;
        if (!methods.empty()) methods += ", ";
        methods += http::to_string(each.method);
        if (each.method == http::verb::get) methods += ", HEAD";
    }
    return methods;
}

metrics::http_handler label_of(std::span<const endpoint> table, std::string_view target) {
    const auto found = std::ranges::find(table, path_of(target), &endpoint::path);
    return found == table.end() ? label::other : found->label;
}

bool has_body(http::verb method) noexcept {
    return method == http::verb::post || method == http::verb::put || method == http::verb::patch;
}

}  // namespace kurir::admin
