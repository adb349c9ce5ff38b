// Makes responses. Pure.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>

#include <functional>
#include <string>
#include <string_view>

#include "metrics/labels.hpp"
#include "relay/admin/endpoints.hpp"

namespace kurir::admin {

struct response : boost::beast::http::response<boost::beast::http::string_body> {
    using boost::beast::http::response<boost::beast::http::string_body>::response;
    std::function<boost::asio::awaitable<std::string>()> stream = nullptr;  // of the answer
};

// True if the request has exactly one Host, as HTTP/1.1 requires (RFC 9112 section 3.2). HTTP/1.0
// needs none.
bool has_valid_host(const request& asked);

// A response to `asked`, of HTTP's own version, that keeps the connection if the request does.
response answered(const request& asked, answer said);

// The same for requests that no handler answers: a status and a line of text.
response refused(const request& asked, boost::beast::http::status status, std::string_view why);

// The label of a response's status.
metrics::http_code code_of(const response& said);

}  // namespace kurir::admin
