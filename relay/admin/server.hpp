// The HTTP listener: serves a table of endpoints (endpoints.hpp).
//
//   auto door = std::make_unique<admin::tcp_door>(executor, config.http_listen);
//   admin::server http(executor, std::move(door), "KURIR_HTTP_LISTEN", metrics.http, table);
//   if (!http.listen()) return;
//   http.start();
//   ...
//   co_await http.stop();
//
// In clear, or under TLS from the first byte. With a guard, it asks that before a handler.
//
// Lives on one executor of one thread, where the operations are called too. Each request and each
// pause lasts at most `patience`; when all `places` are taken, a new connection replaces another.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>

#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "metrics/http.hpp"
#include "relay/admin/door.hpp"
#include "relay/admin/endpoints.hpp"
#include "relay/admin/guard.hpp"
#include "relay/admin/places.hpp"
#include "relay/admin/response.hpp"
#include "relay/net/error.hpp"
#include "relay/net/task_group.hpp"
#include "relay/net/tls.hpp"

namespace kurir::admin {

class server {
public:
    static constexpr std::size_t header_max = 8192;
    static constexpr auto patience = std::chrono::seconds(10);

    // `setting` names the address in the log, and is a literal. `counted`, and what the handlers of
    // `table` need, must outlive `stop`.
    server(
        boost::asio::any_io_executor executor,
        std::unique_ptr<door> entrance,
        std::string_view setting,
        metrics::http& counted,
        std::vector<endpoint> table
    );
    server(const server&) = delete;
    server& operator=(const server&) = delete;

    // Before `start`: who may ask what. Without it everybody may ask everything.
    void set_guard(guard asked) { guard_ = std::move(asked); }

    // Before `start`: connections must speak TLS, and are closed until there is a context for it.
    void require_tls() { requires_tls_ = true; }
    // Connections from now on speak TLS by this, and never again in clear.
    void use_tls(std::shared_ptr<const net::tls_context> context);

    // Unless its door is open already: takes its address, or logs `lifecycle` with
    // what=listen_failed. Nothing is answered yet, and the server may be destroyed. On the thread
    // of the executor, or before it runs, as is `start`.
    bool listen();
    // As `listen`, but an address that can't be had is no news: it may be asked again.
    bool try_to_listen();
    // After `listen`, with the port that was chosen for a port 0.
    const door& entrance() const noexcept { return *door_; }

    // After `listen`: logs `lifecycle`, and begins to answer.
    void start();

    // Closes everything; completes when no connection is left. On the thread of the executor.
    boost::asio::awaitable<void> stop();

private:
    struct stay;
    using transport = boost::beast::basic_stream<boost::asio::generic::stream_protocol>;
    using header_parser = boost::beast::http::request_parser<boost::beast::http::empty_body>;

    boost::asio::awaitable<void> accept();
    void take(door::guest guest);
    boost::asio::awaitable<void> serve(door::socket socket, places::number place);
    boost::asio::awaitable<void> serve_under_tls(
        transport& peer, std::shared_ptr<const net::tls_context> context, places::number place
    );

    // `Stream`: a transport, or TLS over one.
    template <class Stream>
    boost::asio::awaitable<void> serve_all(Stream& peer, places::number place);
    template <class Stream>
    boost::asio::awaitable<bool> serve_one(
        Stream& peer, boost::beast::flat_buffer& buffer, places::number place
    );
    template <class Stream>
    boost::asio::awaitable<void> stream_to(Stream& peer, response& said);
    template <class Stream, class Parser>
    boost::asio::awaitable<boost::system::error_code> read_body(
        Stream& peer, boost::beast::flat_buffer& buffer, Parser& whole
    );
    template <class Stream>
    boost::asio::awaitable<std::optional<response>> answer_to(
        Stream& peer, boost::beast::flat_buffer& buffer, header_parser& parser, places::number place
    );

    boost::asio::any_io_executor executor_;
    const std::unique_ptr<door> door_;
    const std::string_view setting_;
    metrics::http& counted_;
    const std::vector<endpoint> table_;

    net::task_group group_;
    places places_;
    std::map<places::number, transport*> open_;
    guard guard_;
    std::shared_ptr<const net::tls_context> tls_;
    bool requires_tls_ = false;
};

}  // namespace kurir::admin
