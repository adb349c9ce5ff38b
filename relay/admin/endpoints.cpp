#include "relay/admin/endpoints.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "metrics/metrics.hpp"
#include "relay/admin/query.hpp"

namespace kurir::admin {

namespace asio = boost::asio;
namespace http = boost::beast::http;

namespace {

asio::awaitable<answer> metrics_text(operations& program) {
    auto text = co_await program.exposition();
    co_return answer{http::status::ok, metrics::all::content_type, std::move(text)};
}

asio::awaitable<answer> alive() {
    co_return answer{http::status::ok, "text/plain; charset=utf-8", "ok\n"};
}

// /readyz?verbose
bool asks_for_all(std::string_view target) {
    const auto query = target.find('?');
    return query != std::string_view::npos && target.substr(query + 1) == "verbose";
}

asio::awaitable<answer> ready(operations& program, bool verbose) {
    const auto checks = program.ready();
    const auto status = is_ready(checks) ? http::status::ok : http::status::service_unavailable;
    co_return answer{status, "application/json", json_text(checks, verbose)};
}

using label = metrics::http_handler;

std::string_view path_of(std::string_view target) {
    return target.substr(0, target.find('?'));
}

// Takes the word in front of the next slash.
std::string_view take_word(std::string_view& path) {
    const auto end = std::min(path.find('/'), path.size());
    const auto word = path.substr(0, end);
    path.remove_prefix(std::min(end + 1, path.size()));
    return word;
}

// The words of a path that fits `pattern`; nothing if it does not.
std::optional<path_words> words_of(std::string_view pattern, std::string_view path) {
    path_words words;
    if (std::ranges::count(pattern, '/') != std::ranges::count(path, '/')) return std::nullopt;
    while (!pattern.empty()) {
        const auto wanted = take_word(pattern);
        const auto given = take_word(path);
        if (!wanted.starts_with('{')) {
            if (given != wanted) return std::nullopt;
            continue;
        }
        auto word = decoded(given);
        if (!word || word->empty()) return std::nullopt;
        words.push_back(std::move(*word));
    }
    return path.empty() ? std::optional(std::move(words)) : std::nullopt;
}

}  // namespace

std::vector<endpoint> probes(operations& program) {
    using enum places::state;
    return {
        {"/metrics",
         http::verb::get,
         [&program](const request&, const path_words&) { return metrics_text(program); },
         label::metrics,
         slow},
        {"/livez",
         http::verb::get,
         [](const request&, const path_words&) { return alive(); },
         label::livez},
        {"/readyz",
         http::verb::get,
         [&program](const request& asked, const path_words&) {
             return ready(program, asks_for_all(asked.target()));
         },
         label::readyz},
    };
}

std::optional<users::admin_right> right_for(const endpoint& asked) noexcept {
    using enum endpoint::access;
    switch (asked.needs) {
        case none:
            return std::nullopt;
        case read:
            return users::admin_right::read;
        case act:
            return users::admin_right::act;
        case submit:
            return users::admin_right::submit;
        case by_method:
            break;
    }
    return asked.method == http::verb::get ? users::admin_right::read : users::admin_right::act;
}

match find(std::span<const endpoint> table, std::string_view target, http::verb method) {
    const auto wanted = method == http::verb::head ? http::verb::get : method;
    for (const auto& each : table) {
        if (each.method != wanted) continue;
        if (auto words = words_of(each.path, path_of(target))) return {&each, std::move(*words)};
    }
    return {};
}

std::string methods_of(std::span<const endpoint> table, std::string_view target) {
    std::string methods;
    for (const auto& each : table) {
        if (!words_of(each.path, path_of(target))) continue;
        if (!methods.empty()) methods += ", ";
        methods += http::to_string(each.method);
        if (each.method == http::verb::get) methods += ", HEAD";
    }
    return methods;
}

metrics::http_handler label_of(std::span<const endpoint> table, std::string_view target) {
    const auto found = std::ranges::find_if(table, [&](const endpoint& each) {
        return words_of(each.path, path_of(target)).has_value();
    });
    return found == table.end() ? label::other : found->label;
}

bool has_body(http::verb method) noexcept {
    return method == http::verb::post || method == http::verb::put || method == http::verb::patch;
}

}  // namespace kurir::admin
