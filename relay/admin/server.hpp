// The HTTP listener: serves a table of endpoints (endpoints.hpp).
//
//   admin::server http(executor, config.http_listen, metrics.http, operations);
//   auto bound = http.listen();
//   http.start();
//   ...
//   co_await http.stop();
//
// Lives on one executor of one thread, where the operations are called too. Each request and each
// pause lasts at most `patience`; when all `places` are taken, a new connection replaces another.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <span>

#include "metrics/http.hpp"
#include "relay/admin/endpoints.hpp"
#include "relay/admin/operations.hpp"
#include "relay/admin/places.hpp"
#include "relay/admin/response.hpp"
#include "relay/net/error.hpp"
#include "relay/net/task_group.hpp"

namespace kurir::admin {

class server {
public:
    static constexpr std::size_t header_max = 8192;
    static constexpr std::size_t body_max = 65536;
    static constexpr auto patience = std::chrono::seconds(10);

    // `counted`, `program` and `table` must outlive `stop`.
    server(
        boost::asio::any_io_executor executor,
        boost::asio::ip::tcp::endpoint local,
        metrics::http& counted,
        operations& program,
        std::span<const endpoint> table = endpoints()
    );
    server(const server&) = delete;
    server& operator=(const server&) = delete;

    // Takes its address, or logs `lifecycle` with what=listen_failed. Nothing is answered yet, and
    // the server may be destroyed. Returns the endpoint with the port that was chosen for a port 0.
    // On the thread of the executor, or before it runs, as is `start`.
    net::result<boost::asio::ip::tcp::endpoint> listen();

    // After `listen`: logs `lifecycle` with what=http_listening, and begins to answer.
    void start();

    // Closes everything; completes when no connection is left. On the thread of the executor.
    boost::asio::awaitable<void> stop();

private:
    using stream = boost::beast::tcp_stream;
    using header_parser = boost::beast::http::request_parser<boost::beast::http::empty_body>;

    boost::system::error_code bind();
    boost::asio::awaitable<void> accept();
    void take(boost::asio::ip::tcp::socket socket);
    boost::asio::awaitable<void> serve(boost::asio::ip::tcp::socket socket, places::number place);
    boost::asio::awaitable<bool> serve_one(
        stream& peer, boost::beast::flat_buffer& buffer, places::number place
    );
    boost::asio::awaitable<std::optional<response>> answer_to(
        stream& peer, boost::beast::flat_buffer& buffer, header_parser& parser, places::number place
    );

    boost::asio::any_io_executor executor_;
    boost::asio::ip::tcp::endpoint local_;
    metrics::http& counted_;
    operations& program_;
    const std::span<const endpoint> table_;

    boost::asio::ip::tcp::acceptor acceptor_;
    net::task_group group_;
    places places_;
    std::map<places::number, stream*> open_;
};

}  // namespace kurir::admin
