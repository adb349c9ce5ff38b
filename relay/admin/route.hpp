// What is asked for, and what is answered when nothing has to be looked up. Pure.
//
// These are all the paths there are; none needs a credential (decision 20).
#pragma once

#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>

#include <string>
#include <string_view>

#include "metrics/labels.hpp"

namespace kurir::admin {

using request = boost::beast::http::request<boost::beast::http::empty_body>;
using response = boost::beast::http::response<boost::beast::http::string_body>;

// The handler of a target, its query left out; `other` has none.
metrics::http_handler handler_of(std::string_view target);

// Whether there is the one Host that HTTP/1.1 asks for (RFC 9112 section 3.2). HTTP/1.0 needs none.
bool has_valid_host(const request& asked);

// Only GET and HEAD are allowed.
bool is_allowed(const request& asked);

// A response to `asked`, of HTTP's own version, that keeps the connection if the request does.
response answered(
    const request& asked,
    boost::beast::http::status status,
    std::string_view content_type,
    std::string body
);

// The label of a response's status.
metrics::http_code code_of(const response& said);

}  // namespace kurir::admin
