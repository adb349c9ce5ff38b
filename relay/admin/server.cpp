#include "relay/admin/server.hpp"

#include <boost/asio/socket_base.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/stream_traits.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/serializer.hpp>
#include <boost/beast/http/write.hpp>

#include <exception>
#include <tuple>
#include <utility>

#include "relay/log/log.hpp"
#include "relay/net/clock.hpp"

namespace kurir::admin {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;

namespace {

constexpr auto error_pause = std::chrono::milliseconds(100);
constexpr auto farewell_patience = std::chrono::seconds(1);
constexpr auto upload_patience = std::chrono::minutes(5);

void report(std::exception_ptr failure) {
    try {
        std::rethrow_exception(std::move(failure));
    } catch (const std::exception& error) {
        log::event(log::level::error, "internal").with("where", "http").with("error", error.what());
    }
}

// True if the peer did not send HTTP, as opposed to a connection that ended or was lost.
bool is_malformed(error_code ec) {
    static const auto& protocol = http::make_error_code(http::error::bad_version).category();
    return ec.category() == protocol && ec != http::error::end_of_stream &&
           ec != http::error::partial_message;
}

}  // namespace

server::server(
    asio::any_io_executor executor,
    std::unique_ptr<door> entrance,
    std::string_view setting,
    metrics::http& counted,
    std::vector<endpoint> table
)
    : executor_(executor),
      door_(std::move(entrance)),
      setting_(setting),
      counted_(counted),
      table_(std::move(table)),
      group_(executor, report) {}

bool server::listen() {
    return door_->is_open() || take_address(*door_, setting_);
}

bool server::try_to_listen() {
    return door_->is_open() || !door_->listen();
}

void server::use_tls(std::shared_ptr<const net::tls_context> context) {
    requires_tls_ = true;
    tls_ = std::move(context);
}

void server::start() {
    group_.spawn(accept());
    log::event(log::level::notice, "lifecycle")
        .with("what", door_->listening_event())
        .with("address", door_->address())
        .with("port", door_->port());
}

asio::awaitable<void> server::stop() {
    door_->close();
    for (const auto& [place, peer] : open_)
        peer->close();
    group_.stop();
    co_await group_.join();
}

asio::awaitable<void> server::accept() {
    net::timer pause(executor_);
    while (door_->is_open()) {
        auto guest = co_await door_->accept();
        if (guest) {
            take(std::move(*guest));
            continue;
        }
        if (guest.error() == asio::error::operation_aborted) co_return;
        // Most likely there are no descriptors left: trying again at once would only spin.
        pause.expires_after(error_pause);
        std::ignore = co_await pause.async_wait(net::as_result);
    }
}

void server::take(door::guest guest) {
    const auto [added, removed] = places_.add(guest.client);
    if (removed) {
        const auto found = open_.find(*removed);
        if (found != open_.end()) found->second->close();
    }
    group_.spawn(serve(std::move(guest.connection), added));
}

// Its place, and its entry in `open_`, end with it.
struct server::stay {
    server& here;
    places::number place;

    stay(server& host, places::number number, transport& peer) : here(host), place(number) {
        here.open_.emplace(place, &peer);
    }
    stay(const stay&) = delete;
    stay& operator=(const stay&) = delete;
    ~stay() {
        here.open_.erase(place);
        here.places_.remove(place);
    }
};

asio::awaitable<void> server::serve(door::socket socket, places::number place) {
    if (!places_.has(place)) co_return;  // another has taken it already
    transport peer(std::move(socket));
    const stay entered(*this, place, peer);
    if (tls_) {
        co_await serve_under_tls(peer, tls_, place);
    } else if (!requires_tls_) {
        co_await serve_all(peer, place);
    }
    error_code ignored;
    peer.socket().shutdown(asio::socket_base::shutdown_send, ignored);
}

asio::awaitable<void> server::serve_under_tls(
    transport& peer, std::shared_ptr<const net::tls_context> context, places::number place
) {
    SSL_CTX_up_ref(context->native());
    asio::ssl::context native(context->native());  // it frees what it was given
    asio::ssl::stream<transport&> secure(peer, native);
    peer.expires_after(patience);
    const auto [refused] =
        co_await secure.async_handshake(asio::ssl::stream_base::server, net::as_result);
    if (refused) co_return;
    co_await serve_all(secure, place);
    // The peer learns that nothing was cut off; we don't wait for its answer.
    places_.set(place, places::state::waiting);
    peer.expires_after(farewell_patience);
    std::ignore = co_await secure.async_shutdown(net::as_result);
}

template <class Stream>
asio::awaitable<void> server::serve_all(Stream& peer, places::number place) {
    boost::beast::flat_buffer buffer(header_max);
    bool more = true;
    while (more)
        more = co_await serve_one(peer, buffer, place);
}

// True if another request may follow.
template <class Stream>
asio::awaitable<bool> server::serve_one(
    Stream& peer, boost::beast::flat_buffer& buffer, places::number place
) {
    header_parser parser;
    parser.header_limit(header_max);
    parser.body_limit(boost::none);  // the endpoint has one
    boost::beast::get_lowest_layer(peer).expires_after(patience);
    const auto [failed, count] =
        co_await http::async_read_header(peer, buffer, parser, net::as_result);
    const auto began = net::clock::now();
    const bool malformed = is_malformed(failed);
    if (failed && !malformed) co_return false;

    const auto method = parser.get().method();
    const auto label = label_of(table_, parser.get().target());
    std::optional<response> said;
    if (malformed) {
        said = refused({}, http::status::bad_request, "bad request");
        said->keep_alive(false);
    } else {
        said = co_await answer_to(peer, buffer, parser, place);
        if (!said) co_return false;
    }
    const bool more = said->keep_alive();

    boost::beast::get_lowest_layer(peer).expires_after(patience);
    http::response_serializer<http::string_body> bytes(*said);
    error_code unsent;
    if (method == http::verb::head || said->stream) {
        std::tie(unsent, std::ignore) =
            co_await http::async_write_header(peer, bytes, net::as_result);
    } else {
        std::tie(unsent, std::ignore) = co_await http::async_write(peer, bytes, net::as_result);
    }
    const std::chrono::duration<double> took = net::clock::now() - began;
    counted_.http_requests_total(label, code_of(*said)).inc();
    counted_.http_request_duration_seconds(label).observe(took.count());
    if (said->stream) {
        if (method != http::verb::head && !unsent) co_await stream_to(peer, *said);
        co_return false;
    }
    const bool kept = places_.set(place, places::state::waiting);
    co_return more && !unsent && kept;
}

template <class Stream>
asio::awaitable<void> server::stream_to(Stream& peer, response& said) {
    auto piece = std::move(said.body());
    if (piece.empty()) piece = co_await said.stream();
    while (!piece.empty() && door_->is_open()) {
        boost::beast::get_lowest_layer(peer).expires_after(patience);
        const auto [unsent, count] =
            co_await asio::async_write(peer, asio::buffer(piece), net::as_result);
        if (unsent) co_return;
        piece = co_await said.stream();
    }
}

// Each piece has the usual time, and all together have `upload_patience`.
template <class Stream, class Parser>
asio::awaitable<error_code> server::read_body(
    Stream& peer, boost::beast::flat_buffer& buffer, Parser& whole
) {
    auto& below = boost::beast::get_lowest_layer(peer);
    if (boost::beast::iequals(whole.get()[http::field::expect], "100-continue")) {
        below.expires_after(patience);
        static constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
        const auto [unsent, sent] =
            co_await asio::async_write(peer, asio::buffer(go_on), net::as_result);
        if (unsent) co_return unsent;
    }
    const auto end = net::clock::now() + upload_patience;
    while (!whole.is_done()) {
        if (net::clock::now() >= end) co_return asio::error::timed_out;
        below.expires_after(patience);
        const auto [failed, count] =
            co_await http::async_read_some(peer, buffer, whole, net::as_result);
        if (failed) co_return failed;
    }
    co_return error_code();
}

// Of a request whose header was read. Nothing if the connection is lost.
template <class Stream>
asio::awaitable<std::optional<response>> server::answer_to(
    Stream& peer, boost::beast::flat_buffer& buffer, header_parser& parser, places::number place
) {
    request header{http::request_header<>(parser.get())};
    // An unread body would come before the next request.
    const bool unread = parser.chunked() || parser.content_length().value_or(0) != 0;
    const auto refuse = [&](http::status status, std::string_view why) {
        auto said = refused(header, status, why);
        if (unread) said.keep_alive(false);
        return said;
    };
    if (!has_valid_host(header)) {
        auto said = refused({}, http::status::bad_request, "bad request");
        said.keep_alive(false);
        co_return said;
    }
    const auto match = find(table_, header.target(), header.method());
    const auto* found = match.found;
    if (found == nullptr) {
        const auto methods = methods_of(table_, header.target());
        if (methods.empty()) co_return refuse(http::status::not_found, "not found");
        auto said = refuse(http::status::method_not_allowed, "method not allowed");
        said.set(http::field::allow, methods);
        co_return said;
    }
    // Before it gets a place: who has no token takes none from others.
    if (auto wrong = guard_ ? guard_(header, *found) : std::nullopt) {
        auto said = answered(header, std::move(*wrong));
        if (unread) said.keep_alive(false);
        co_return said;
    }
    const bool large = has_body(found->method) && found->body_max > usual_body_max;
    if (!places_.set(place, large ? places::state::upload : found->place)) {
        auto said = refuse(http::status::service_unavailable, "busy");
        said.keep_alive(false);
        co_return said;
    }
    if (!has_body(found->method)) {
        auto said = answered(header, co_await found->handle(header, match.words));
        if (unread) said.keep_alive(false);
        co_return said;
    }
    if (parser.content_length().value_or(0) > found->body_max) {
        co_return refuse(http::status::payload_too_large, "too large");
    }
    http::request_parser<http::string_body> whole(std::move(parser));
    whole.body_limit(found->body_max);
    const auto failed = co_await read_body(peer, buffer, whole);
    if (failed == http::error::body_limit) {
        co_return refuse(http::status::payload_too_large, "too large");
    }
    if (is_malformed(failed)) co_return refuse(http::status::bad_request, "bad request");
    if (failed) co_return std::nullopt;
    request asked(whole.release());
    asked.caller = header.caller;
    co_return answered(asked, co_await found->handle(asked, match.words));
}

}  // namespace kurir::admin
