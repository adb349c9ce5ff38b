// The table of what HTTP serves: path, method, handler. Looking something up is pure.
//
// A GET is also a HEAD. In a path, {…} stands for any one word between slashes.
// The methods with a body are POST, PUT and PATCH: their handler gets it whole.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/status.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/verb.hpp>

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

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

// What stands in place of each {…} of a path, decoded.
using path_words = std::vector<std::string>;

// What the body of a request may have, where nothing else is said.
inline constexpr std::size_t usual_body_max = 65536;

struct endpoint {
    // What it needs, it has captured.
    using handler = std::function<
        boost::asio::awaitable<answer>(const request& asked, const path_words& words)>;

    std::string_view path;  // a literal
    boost::beast::http::verb method;
    handler handle;
    metrics::http_handler label;
    places::state place = places::state::probe;  // slow: the answer may take long
    std::size_t body_max = usual_body_max;       // bytes; a longer one is 413
};

// Those of probes and Prometheus: none needs a credential (decision 20). `program` must outlive the
// table.
std::vector<endpoint> probes(operations& program);

// What serves `method` at the path of `target`; null if nothing does.
struct match {
    const endpoint* found = nullptr;
    path_words words = {};
};
match find(
    std::span<const endpoint> table, std::string_view target, boost::beast::http::verb method
);

// The methods at the path of `target`, as Allow names them; empty if there is no such path.
std::string methods_of(std::span<const endpoint> table, std::string_view target);

// The label of the path, whatever the method.
metrics::http_handler label_of(std::span<const endpoint> table, std::string_view target);

bool has_body(boost::beast::http::verb method) noexcept;

}  // namespace kurir::admin
