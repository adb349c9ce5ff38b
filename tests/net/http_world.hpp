// An HTTP client of ours and a server that does what a test says.
#pragma once

#include <boost/asio/read_until.hpp>

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "relay/net/http_client.hpp"
#include "tests/net/tls_world.hpp"

namespace tests {

// Until an empty line.
template <class Socket>
asio::awaitable<std::string> request_of(Socket& client) {
    std::string request;
    std::ignore = co_await asio::async_read_until(
        client, asio::dynamic_buffer(request), "\r\n\r\n", net::as_result
    );
    co_return request;
}

template <class Socket>
asio::awaitable<error_code> say(Socket& client, std::string_view bytes) {
    const auto [ec, size] = co_await asio::async_write(client, asio::buffer(bytes), net::as_result);
    co_return ec;
}

// A whole answer with this body.
inline std::string answer_of(unsigned status, const std::string& body) {
    return "HTTP/1.1 " + std::to_string(status) +
           " X\r\nContent-Type: application/json\r\nContent-Length: " +
           std::to_string(body.size()) + "\r\n\r\n" + body;
}

struct http_world {
    // Each connection is served by it, then closed.
    using service = std::function<asio::awaitable<void>(tcp::socket&)>;

    http_world() : listener(context, {asio::ip::address_v4::loopback(), 0}) {
        settings.system_ca = false;
        settings.ca_file = ca.file();
    }
    http_world(const http_world&) = delete;
    http_world& operator=(const http_world&) = delete;

    std::string url(std::string_view scheme = "http", std::string_view host = "www.example") const {
        const auto port = std::to_string(listener.local_endpoint().port());
        return std::string(scheme) + "://" + std::string(host) + ":" + port + "/";
    }

    void serve(service serve_one) { start(accept_all(std::move(serve_one))); }

    asio::awaitable<void> accept_all(service serve_one) {
        for (;;) {
            auto [ec, client] = co_await listener.async_accept(net::as_result);
            if (ec) co_return;
            start(serve_client(serve_one, std::move(client)));
        }
    }

    static asio::awaitable<void> serve_client(service serve_one, tcp::socket client) {
        co_await serve_one(client);
    }

    // Reads a request and says `bytes`.
    void serve(std::string bytes) {
        serve([this, bytes = std::move(bytes)](tcp::socket& client) -> asio::awaitable<void> {
            requests.push_back(co_await request_of(client));
            std::ignore = co_await say(client, bytes);
        });
    }

    void begin(net::http_request request) {
        answer.reset();
        auto made =
            net::http_client::make(settings, [this](auto name, auto) { return resolve(name); });
        if (!made) throw std::runtime_error(made.error());
        asking.emplace(std::move(*made));
        start(ask(std::move(request)));
    }

    asio::awaitable<void> ask(net::http_request request) {
        auto got = co_await asking->send(std::move(request));
        answer = std::move(got);
    }

    void start(asio::awaitable<void> task) {
        asio::co_spawn(context, std::move(task), [](std::exception_ptr escaped) {
            if (escaped) std::rethrow_exception(escaped);
        });
    }

    net::http_result send(net::http_request request) {
        begin(std::move(request));
        until([&] { return answer.has_value(); });
        return *answer;
    }

    net::http_result get(std::string_view scheme = "http", std::string_view host = "www.example") {
        return send({.url = url(scheme, host)});
    }

    asio::awaitable<net::result<std::vector<asio::ip::address>>> resolve(std::string name) {
        asked.push_back(name);
        if (!names.contains(name)) co_return error_code(asio::error::host_not_found);
        co_return names[name];
    }

    void settle() {
        do {
            context.restart();
        } while (context.poll() > 0);
    }

    template <class Condition>
    void until(Condition done) {
        const auto limit = std::chrono::steady_clock::now() + std::chrono::minutes(2);
        while (!done()) {
            context.restart();
            if (!net::virtual_clock::active()) context.run_one_for(std::chrono::milliseconds(100));
            context.poll();
            REQUIRE(std::chrono::steady_clock::now() < limit);
        }
    }

    authority ca;
    std::map<std::string, std::vector<asio::ip::address>> names{
        {"www.example", {asio::ip::make_address("127.0.0.1")}}
    };
    std::vector<std::string> asked;
    std::vector<std::string> requests;
    net::http_settings settings;
    std::optional<net::http_client> asking;
    std::optional<net::http_result> answer;
    asio::io_context context{1};
    tcp::acceptor listener;
};

}  // namespace tests
