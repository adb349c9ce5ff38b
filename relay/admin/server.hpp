// The HTTP listener: /metrics for Prometheus, /livez and /readyz for whoever supervises us.
//
//   admin::server http(executor, config.http_listen, metrics, [&] { return readiness(); });
//   auto bound = http.start();
//   ...
//   co_await http.stop();
//
// Lives on one executor of one thread, where the readiness function is called too. The text of
// /metrics is made on a thread of its own. Each request and each pause lasts at most `patience`;
// when all `places` are taken, a new connection replaces another.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <string>

#include "metrics/metrics.hpp"
#include "relay/admin/places.hpp"
#include "relay/admin/readiness.hpp"
#include "relay/admin/route.hpp"
#include "relay/net/error.hpp"
#include "relay/net/task_group.hpp"

namespace kurir::admin {

class server {
public:
    static constexpr std::size_t header_max = 8192;
    static constexpr auto patience = std::chrono::seconds(10);

    // `metrics` and what `ready` refers to must outlive `stop`.
    server(
        boost::asio::any_io_executor executor,
        boost::asio::ip::tcp::endpoint where,
        metrics::all& metrics,
        std::function<readiness()> ready
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

    boost::system::error_code bind();
    boost::asio::awaitable<void> accept();
    void take(boost::asio::ip::tcp::socket socket);
    boost::asio::awaitable<void> serve(boost::asio::ip::tcp::socket socket, places::number place);
    boost::asio::awaitable<bool> serve_one(
        stream& peer, boost::beast::flat_buffer& buffer, places::number place
    );
    boost::asio::awaitable<response> answer_to(const request& asked, places::number place);
    boost::asio::awaitable<std::string> scraped();
    readiness looked_up();

    boost::asio::any_io_executor executor_;
    boost::asio::ip::tcp::endpoint where_;
    metrics::all& metrics_;
    std::function<readiness()> ready_;

    boost::asio::ip::tcp::acceptor acceptor_;
    boost::asio::thread_pool scraping_{1};
    net::task_group group_;
    places places_;
    std::map<places::number, stream*> open_;
};

}  // namespace kurir::admin
