#include "relay/admin/unix_client.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <sys/un.h>

#include <limits>
#include <utility>

namespace kurir::admin {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;
using local = asio::local::stream_protocol;

base::result<unix_client::reply, std::string> unix_client::ask(
    std::string_view method, const std::string& target, std::string body
) const {
    if (path_.size() >= sizeof(sockaddr_un::sun_path)) {
        return "the path of the admin socket is too long: " + path_;
    }
    asio::io_context context(1);
    boost::beast::basic_stream<local> peer(context);
    peer.expires_after(patience);
    error_code failed;
    const auto finish = [&] {
        context.restart();
        context.run();
    };
    peer.async_connect(local::endpoint(path_), [&](error_code ec) { failed = ec; });
    finish();
    if (failed) {
        return "no relay answers at " + path_ + ": " + failed.message();
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
    http::async_write(peer, request, [&](error_code ec, std::size_t) { failed = ec; });
    finish();
    http::response_parser<http::string_body> answer;
    answer.body_limit(std::numeric_limits<std::uint64_t>::max());
    boost::beast::flat_buffer buffer;
    if (!failed) {
        http::async_read(peer, buffer, answer, [&](error_code ec, std::size_t) { failed = ec; });
        finish();
    }
    if (failed) return "the relay did not answer: " + failed.message();
    return reply{answer.get().result_int(), std::move(answer.get().body())};
}

}  // namespace kurir::admin
