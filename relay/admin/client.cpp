#include "relay/admin/client.hpp"

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <sys/un.h>

#include <limits>
#include <utility>

#include "relay/admin/blocking_connection.hpp"

namespace kurir::admin {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using local = asio::local::stream_protocol;

base::result<client::reply, std::string> client::ask(
    std::string_view method, const std::string& target, std::string body
) const {
    if (relay_.socket.size() >= sizeof(sockaddr_un::sun_path)) {
        return "the path of the admin socket is too long: " + relay_.socket;
    }
    blocking_connection<local> connection(patience);
    if (const auto failed = connection.connect(local::endpoint(relay_.socket))) {
        return "no relay answers at " + relay_.socket + ": " + failed.message();
    }
    http::request<http::string_body> request;
    request.method_string(method);
    request.target(target);
    request.version(11);
    request.set(http::field::host, "localhost");
    request.keep_alive(false);
    if (!body.empty()) request.set(http::field::content_type, "application/json");
    request.body() = std::move(body);
    request.prepare_payload();
    auto failed = connection.send(request);
    http::response_parser<http::string_body> answer;
    answer.body_limit(std::numeric_limits<std::uint64_t>::max());
    if (!failed) failed = connection.receive(answer);
    if (failed) return "the relay did not answer: " + failed.message();
    return reply{answer.get().result_int(), std::move(answer.get().body())};
}

}  // namespace kurir::admin
