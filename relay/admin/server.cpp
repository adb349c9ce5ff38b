#include "relay/admin/server.hpp"

#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/serializer.hpp>
#include <boost/beast/http/write.hpp>

#include <exception>
#include <tuple>
#include <utility>

#include "metrics/thread_heap.hpp"
#include "relay/log/log.hpp"
#include "relay/net/ask.hpp"
#include "relay/net/clock.hpp"

namespace kurir::admin {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;
using metrics::http_handler;

namespace {

constexpr auto error_pause = std::chrono::milliseconds(100);
constexpr auto plain_text = "text/plain; charset=utf-8";
constexpr auto json_text = "application/json";

void report(std::exception_ptr failure) {
    try {
        std::rethrow_exception(std::move(failure));
    } catch (const std::exception& error) {
        log::event(log::level::error, "internal").with("where", "http").with("error", error.what());
    }
}

// Not HTTP, as opposed to a connection that ended or was lost.
bool is_malformed(error_code ec) {
    static const auto& protocol = http::make_error_code(http::error::bad_version).category();
    return ec.category() == protocol && ec != http::error::end_of_stream &&
           ec != http::error::partial_message;
}

}  // namespace

server::server(
    asio::any_io_executor executor,
    tcp::endpoint where,
    metrics::all& metrics,
    std::function<readiness()> ready
)
    : executor_(executor),
      where_(std::move(where)),
      metrics_(metrics),
      ready_(std::move(ready)),
      acceptor_(executor),
      group_(executor, report) {}

net::result<tcp::endpoint> server::listen() {
    auto ec = bind();
    if (!ec) where_ = acceptor_.local_endpoint(ec);
    if (!ec) return where_;
    log::event(log::level::error, "lifecycle")
        .with("what", "listen_failed")
        .with("address", where_.address().to_string())
        .with("port", where_.port())
        .with("setting", "KURIR_HTTP_LISTEN")
        .with("error", ec.message());
    return ec;
}

void server::start() {
    asio::post(scraping_, metrics::claim_thread_heap);
    group_.spawn(accept());
    log::event(log::level::notice, "lifecycle")
        .with("what", "http_listening")
        .with("address", where_.address().to_string())
        .with("port", where_.port());
}

error_code server::bind() {
    error_code ec;
    acceptor_.open(where_.protocol(), ec);
    if (ec && where_ == tcp::endpoint(asio::ip::address_v6::any(), where_.port())) {
        // Without IPv6 on the machine every address is every IPv4 address.
        where_.address(asio::ip::address_v4::any());
        acceptor_.open(where_.protocol(), ec);
    }
    if (ec) return ec;
    acceptor_.set_option(tcp::acceptor::reuse_address(true), ec);
    if (!ec && where_.address().is_v6()) acceptor_.set_option(asio::ip::v6_only(false), ec);
    if (!ec) acceptor_.bind(where_, ec);
    if (!ec) acceptor_.listen(asio::socket_base::max_listen_connections, ec);
    return ec;
}

asio::awaitable<void> server::stop() {
    error_code ignored;
    acceptor_.close(ignored);
    for (const auto& [place, peer] : open_)
        peer->close();
    group_.stop();
    co_await group_.join();
}

asio::awaitable<void> server::accept() {
    net::timer pause(executor_);
    while (acceptor_.is_open()) {
        auto accepted = co_await acceptor_.async_accept(net::as_result);
        auto& [ec, socket] = accepted;
        if (ec == asio::error::operation_aborted) co_return;
        if (ec) {
            // Out of descriptors, most likely: trying again at once would only spin.
            pause.expires_after(error_pause);
            std::ignore = co_await pause.async_wait(net::as_result);
        } else {
            take(std::move(socket));
        }
    }
}

void server::take(tcp::socket socket) {
    error_code ec;
    const auto client = socket.remote_endpoint(ec).address();
    if (ec) return;  // gone already
    const auto [added, removed] = places_.add(client);
    if (removed) {
        const auto found = open_.find(*removed);
        if (found != open_.end()) found->second->close();
    }
    group_.spawn(serve(std::move(socket), added));
}

asio::awaitable<void> server::serve(tcp::socket socket, places::number place) {
    stream peer(std::move(socket));
    boost::beast::flat_buffer buffer(header_max);
    open_.emplace(place, &peer);
    bool more = true;
    while (more)
        more = co_await serve_one(peer, buffer, place);
    open_.erase(place);
    places_.remove(place);
    error_code ignored;
    peer.socket().shutdown(tcp::socket::shutdown_send, ignored);
}

// Whether another request may follow.
asio::awaitable<bool> server::serve_one(
    stream& peer, boost::beast::flat_buffer& buffer, places::number place
) {
    http::request_parser<http::empty_body> parser;
    parser.header_limit(header_max);
    peer.expires_after(patience);
    const auto [failed, count] =
        co_await http::async_read_header(peer, buffer, parser, net::as_result);
    const auto began = net::clock::now();
    const bool malformed = is_malformed(failed);
    if (failed && !malformed) co_return false;

    response said;
    if (malformed || !has_valid_host(parser.get())) {
        said = answered({}, http::status::bad_request, plain_text, "bad request\n");
        said.keep_alive(false);
    } else {
        said = co_await answer_to(parser.get(), place);
    }
    // A body would have to be read before the next request: nothing here takes one.
    const bool readable =
        parser.is_header_done() && !parser.chunked() && parser.content_length().value_or(0) == 0;
    if (!readable) said.keep_alive(false);
    const bool more = said.keep_alive();

    const auto handler = handler_of(parser.get().target());
    peer.expires_after(patience);
    http::response_serializer<http::string_body> bytes(said);
    error_code unsent;
    if (parser.get().method() == http::verb::head) {
        std::tie(unsent, std::ignore) =
            co_await http::async_write_header(peer, bytes, net::as_result);
    } else {
        std::tie(unsent, std::ignore) = co_await http::async_write(peer, bytes, net::as_result);
    }
    const std::chrono::duration<double> took = net::clock::now() - began;
    metrics_.http.http_requests_total(handler, code_of(said)).inc();
    metrics_.http.http_request_duration_seconds(handler).observe(took.count());
    co_return more && !unsent && places_.set(place, places::state::waiting);
}

asio::awaitable<response> server::answer_to(const request& asked, places::number place) {
    const auto handler = handler_of(asked.target());
    if (handler == http_handler::other) {
        co_return answered(asked, http::status::not_found, plain_text, "not found\n");
    }
    if (!is_allowed(asked)) {
        co_return answered(
            asked, http::status::method_not_allowed, plain_text, "method not allowed\n"
        );
    }
    const bool is_scrape = handler == http_handler::metrics;
    if (!places_.set(place, is_scrape ? places::state::slow : places::state::probe)) {
        auto said = answered(asked, http::status::service_unavailable, plain_text, "busy\n");
        said.keep_alive(false);
        co_return said;
    }
    if (handler == http_handler::livez) {
        co_return answered(asked, http::status::ok, plain_text, "ok\n");
    }
    const auto checks = looked_up();
    if (handler == http_handler::readyz) {
        const auto status = is_ready(checks) ? http::status::ok : http::status::service_unavailable;
        co_return answered(asked, status, json_text, json(checks));
    }
    auto text = co_await scraped();
    co_return answered(asked, http::status::ok, metrics::all::content_type, std::move(text));
}

asio::awaitable<std::string> server::scraped() {
    asio::any_io_executor other = scraping_.get_executor();
    auto question = [this](net::answer_function<std::string> answer) {
        answer(metrics_.exposition());
    };
    co_return co_await net::ask<std::string>(std::move(other), std::move(question));
}

readiness server::looked_up() {
    auto checks = ready_();
    metrics_.runtime.ready.set(is_ready(checks) ? 1 : 0);
    return checks;
}

}  // namespace kurir::admin
