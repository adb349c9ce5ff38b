#include "relay/admin/route.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace kurir::admin {

namespace http = boost::beast::http;

metrics::http_handler handler_of(std::string_view target) {
    const auto path = target.substr(0, target.find('?'));
    if (path == "/metrics") return metrics::http_handler::metrics;
    if (path == "/livez") return metrics::http_handler::livez;
    if (path == "/readyz") return metrics::http_handler::readyz;
    return metrics::http_handler::other;
}

bool has_valid_host(const request& asked) {
    const auto [first, end] = asked.equal_range(http::field::host);
    const auto count = std::distance(first, end);
    if (count == 0) return asked.version() < 11;
    // What a host and a port consist of; an empty value is allowed.
    constexpr std::string_view others = "-._~%!$&'()*+,;=:[]";
    return count == 1 && std::ranges::all_of(std::string_view(first->value()), [&](char c) {
               return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                      others.find(c) != std::string_view::npos;
           });
}

bool is_allowed(const request& asked) {
    return asked.method() == http::verb::get || asked.method() == http::verb::head;
}

response answered(
    const request& asked, http::status status, std::string_view content_type, std::string body
) {
    response said(status, asked.version());
    said.set(http::field::content_type, content_type);
    said.set(http::field::cache_control, "no-store");
    said.set("X-Content-Type-Options", "nosniff");
    if (status == http::status::method_not_allowed) said.set(http::field::allow, "GET, HEAD");
    said.keep_alive(asked.keep_alive());
    said.body() = std::move(body);
    said.prepare_payload();
    return said;
}

metrics::http_code code_of(const response& said) {
    switch (said.result()) {
        case http::status::ok:
            return metrics::http_code::ok;
        case http::status::not_found:
            return metrics::http_code::not_found;
        case http::status::method_not_allowed:
            return metrics::http_code::method_not_allowed;
        case http::status::service_unavailable:
            return metrics::http_code::unavailable;
        default:
            return metrics::http_code::bad_request;
    }
}

}  // namespace kurir::admin
