// The table of what HTTP serves: path, method, handler. Looking something up is pure.
//
// These are all the paths there are; none needs a credential (decision 20). A GET is also a HEAD.
// The methods with a body are POST, PUT and PATCH: their handler gets it whole.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/status.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/verb.hpp>

#include <span>
#include <string>
#include <string_view>

#include "metrics/labels.hpp"
#include "relay/admin/operations.hpp"
#include "relay/admin/places.hpp"

namespace kurir::admin {

using request = boost::beast::http::request<boost::beast::http::string_body>;

struct answer {
    boost::beast::http::status status = boost::beast::http::status::ok;
    std::string_view content_type;  // a literal
    std::string body;
};

struct endpoint {
    using handler = boost::asio::awaitable<answer> (*)(operations& program, const request& asked);

    std::string_view path;
    boost::beast::http::verb method;
    handler handle;
    metrics::http_handler label;
    places::state place = places::state::probe;  // slow: the answer may take long
};

// All of this program.
std::span<const endpoint> endpoints();

// What serves `method` at the path of `target`; null if nothing does.
const endpoint* find(
    std::span<const endpoint> table, std::string_view target, boost::beast::http::verb method
);

// The methods at the path of `target`, as Allow names them; empty if there is no such path.
std::string methods_of(std::span<const endpoint> table, std::string_view target);

// The label of the path, whatever the method.
metrics::http_handler label_of(std::span<const endpoint> table, std::string_view target);

bool has_body(boost::beast::http::verb method) noexcept;

}  // namespace kurir::admin
