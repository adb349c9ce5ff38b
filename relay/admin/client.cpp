#include "relay/admin/client.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <sys/un.h>

#include <exception>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "relay/admin/blocking_connection.hpp"
#include "relay/net/clock.hpp"
#include "relay/net/error.hpp"
#include "relay/net/http_client.hpp"
#include "relay/net/task_group.hpp"

namespace kurir::admin {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using local = asio::local::stream_protocol;

namespace {

using outcome = base::result<client::reply, std::string>;

outcome ask_socket(
    const std::string& path, std::string_view method, const std::string& target, std::string body
) {
    if (path.size() >= sizeof(sockaddr_un::sun_path)) {
        return "the path of the admin socket is too long: " + path;
    }
    blocking_connection<local> connection(client::patience);
    if (const auto failed = connection.connect(local::endpoint(path))) {
        return "no relay answers at " + path + ": " + failed.message();
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
    return client::reply{answer.get().result_int(), std::move(answer.get().body())};
}

using addresses = net::result<std::vector<asio::ip::address>>;

asio::awaitable<addresses> addresses_of(std::string name) {
    asio::ip::tcp::resolver resolver(co_await asio::this_coro::executor);
    const auto [failed, found] = co_await resolver.async_resolve(name, "", net::as_result);
    if (failed) co_return failed;
    std::vector<asio::ip::address> all;
    for (const auto& each : found)
        all.push_back(each.endpoint().address());
    co_return all;
}

asio::awaitable<void> receive(
    const net::http_client& http, net::http_request request, std::optional<net::http_result>& answer
) {
    answer = co_await http.send(std::move(request));
}

base::result<net::http_client, std::string> client_of(const address& relay) {
    net::http_settings settings{.ca_file = relay.ca_file};
    settings.limits.whole = client::patience;
    settings.limits.body_max = std::numeric_limits<std::size_t>::max();
    return net::http_client::make(
        std::move(settings),
        [](std::string name, net::clock::time_point) { return addresses_of(std::move(name)); }
    );
}

outcome ask_url(
    const address& relay,
    const net::http_client& http,
    std::string_view method,
    const std::string& target,
    std::string body,
    std::chrono::nanoseconds time_left
) {
    net::http_request request{.method = std::string(method), .url = relay.url + target};
    request.fields.emplace_back("Authorization", "Bearer " + relay.token);
    if (!body.empty()) request.fields.emplace_back("Content-Type", "application/json");
    request.body = std::move(body);
    std::optional<net::http_result> answer;
    asio::io_context context(1);
    net::task_group running(context.get_executor(), [](const std::exception_ptr&) {});
    running.spawn(receive(http, std::move(request), answer));
    context.run_for(time_left);
    running.stop();
    context.run();
    if (!answer) return "no relay answers at " + relay.url;
    if (!*answer) return "no relay answers at " + relay.url + ": " + answer->error().message();
    return client::reply{(*answer)->status, std::move((*answer)->body)};
}

}  // namespace

base::result<client::reply, std::string> client::ask(
    std::string_view method, const std::string& target, std::string body
) {
    if (relay_.url.empty()) return ask_socket(relay_.socket, method, target, std::move(body));
    if (http_ == nullptr) {
        auto made = client_of(relay_);
        if (!made) return "KURIR_ADMIN_CA: " + made.error();
        http_ = std::make_shared<const net::http_client>(std::move(*made));
    }
    return ask_url(relay_, *http_, method, target, std::move(body), time_left_());
}

}  // namespace kurir::admin
