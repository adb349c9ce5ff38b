// An HTTP connection whose operations block, one after the other: for commands that ask a relay.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include <chrono>
#include <cstddef>

namespace kurir::admin {

// `Protocol`: TCP, or that of Unix sockets. All operations together take `limit` at most.
template <class Protocol>
class blocking_connection {
public:
    using error_code = boost::system::error_code;

    explicit blocking_connection(std::chrono::milliseconds limit) : peer_(context_) {
        peer_.expires_after(limit);
    }

    error_code connect(const typename Protocol::endpoint& endpoint) {
        error_code ignored;
        peer_.socket().close(ignored);  // from an earlier attempt with another family
        return finished([&](auto done) { peer_.async_connect(endpoint, done); });
    }

    template <class Body>
    error_code send(boost::beast::http::request<Body>& request) {
        return finished([&](auto done) {
            boost::beast::http::async_write(peer_, request, [done](error_code ec, std::size_t) {
                done(ec);
            });
        });
    }

    error_code receive(boost::beast::http::response_parser<boost::beast::http::string_body>& parser
    ) {
        return finished([&](auto done) {
            boost::beast::http::async_read(
                peer_, buffer_, parser, [done](error_code ec, std::size_t) { done(ec); }
            );
        });
    }

private:
    template <class Start>
    error_code finished(Start start) {
        error_code outcome;
        start([&outcome](error_code ec) { outcome = ec; });
        context_.restart();
        context_.run();
        return outcome;
    }

    boost::asio::io_context context_;
    boost::beast::basic_stream<Protocol> peer_;
    boost::beast::flat_buffer buffer_;
};

}  // namespace kurir::admin
