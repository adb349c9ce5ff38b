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
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "metrics/labels.hpp"
#include "relay/admin/operations.hpp"
#include "relay/admin/places.hpp"
#include "relay/users/admin_tokens.hpp"

namespace kurir::admin {

struct request : boost::beast::http::request<boost::beast::http::string_body> {
    using message = boost::beast::http::request<boost::beast::http::string_body>;
    using message::message;
    request() = default;
    explicit request(message whole) : message(std::move(whole)) {}

    std::string caller = {};  // the name of the token that it came with; empty on the socket
};

struct answer {
    boost::beast::http::status status = boost::beast::http::status::ok;
    std::string_view content_type;  // a literal
    std::string body;
    // Beside those that every answer has, or instead of them.
    std::vector<std::pair<std::string_view, std::string>> fields = {};
    // Not null: what follows `body`, piece by piece, until an empty one or the end of the
    // connection. Each piece has `server::patience` to leave.
    std::function<boost::asio::awaitable<std::string>()> stream = nullptr;
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
    places::state place =
        places::state::probe;  // slow: the answer may take long, or has no end (stream)

    // What a token must allow. `none`: no token is asked for.
    enum class access : std::uint8_t { by_method, none, read, act, submit };
    access needs = access::by_method;       // GET: read; others: act
    std::size_t body_max = usual_body_max;  // bytes; a longer one is 413
};

// The right that a token needs for it; nothing if none is needed.
std::optional<users::admin_right> right_for(const endpoint& asked) noexcept;

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
