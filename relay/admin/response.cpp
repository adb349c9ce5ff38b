#include "relay/admin/response.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "relay/base/text.hpp"

namespace kurir::admin {

namespace http = boost::beast::http;

bool has_valid_host(const request& asked) {
    const auto [first, end] = asked.equal_range(http::field::host);
    const auto count = std::distance(first, end);
    if (count == 0) return asked.version() < 11;
    // The characters of a host and a port; an empty value is allowed.
    constexpr std::string_view others = "-._~%!$&'()*+,;=:[]";
    return count == 1 && std::ranges::all_of(std::string_view(first->value()), [&](char c) {
               return base::is_alphanumeric(c) || others.find(c) != std::string_view::npos;
           });
}

response answered(const request& asked, answer said) {
    response made(said.status, asked.version());
    made.set(http::field::content_type, said.content_type);
    made.set(http::field::cache_control, "no-store");
    made.set("X-Content-Type-Options", "nosniff");
    for (const auto& [name, value] : said.fields)
        made.set(name, value);
    made.keep_alive(asked.keep_alive());
    made.body() = std::move(said.body);
    made.stream = std::move(said.stream);
    if (made.stream) {
        made.keep_alive(false);  // it ends with the connection
    } else {
        made.prepare_payload();
    }
    return made;
}

response refused(const request& asked, http::status status, std::string_view why) {
    return answered(asked, {status, "text/plain; charset=utf-8", std::string(why) + '\n'});
}

metrics::http_code code_of(const response& said) {
    switch (said.result()) {
        case http::status::ok:
        case http::status::not_modified:
            return metrics::http_code::ok;
        case http::status::unauthorized:
            return metrics::http_code::unauthorized;
        case http::status::forbidden:
            return metrics::http_code::forbidden;
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
