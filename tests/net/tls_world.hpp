// Our stream against a peer that speaks TLS by other means: Asio's, over a plain socket.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <sys/ioctl.h>

#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "relay/net/stream.hpp"
#include "tests/net/certificates.hpp"
#include "tests/support/catch.hpp"

namespace tests {

namespace asio = boost::asio;
namespace net = kurir::net;
using asio::ip::tcp;
using boost::system::error_code;
using tls_socket = asio::ssl::stream<tcp::socket>;

inline net::clock::time_point soon() {
    return net::clock::now() + std::chrono::minutes(1);
}

inline std::shared_ptr<const net::tls_context> made(const net::tls_settings& settings) {
    auto context = net::tls_context::make(settings);
    if (!context) throw std::runtime_error(context.error());
    return *context;
}

struct tls_world {
    tls_world() : peer(context) {
        tcp::acceptor acceptor(context, {asio::ip::address_v4::loopback(), 0});
        peer.connect(acceptor.local_endpoint());
        peer.set_option(tcp::no_delay(true));
        auto accepted = acceptor.accept();
        descriptor = accepted.native_handle();
        ours.emplace(std::move(accepted));
    }
    tls_world(const tls_world&) = delete;
    tls_world& operator=(const tls_world&) = delete;

    // Trusts the authority only.
    net::tls_settings as_client() const { return {.ca_file = ca.file(), .system_ca = false}; }

    net::tls_settings as_server() {
        const auto files = ca.issue();
        return {
            .certificate_file = files.certificate,
            .key_file = files.key,
            .ca_file = ca.file(),
            .system_ca = false,
            .peer = net::peer_verification::none,
        };
    }

    static asio::ssl::context server(const certificate_files& files) {
        asio::ssl::context tls(asio::ssl::context::tls_server);
        tls.use_certificate_chain_file(files.certificate);
        tls.use_private_key_file(files.key, asio::ssl::context::pem);
        return tls;
    }

    asio::ssl::context client() const {
        asio::ssl::context tls(asio::ssl::context::tls_client);
        tls.load_verify_file(ca.file());
        tls.set_verify_mode(asio::ssl::verify_peer);
        return tls;
    }

    void start(std::function<asio::awaitable<void>()> task) {
        ++running;
        asio::co_spawn(context, std::move(task), [this](std::exception_ptr escaped) {
            --running;
            if (escaped && !failure) failure = escaped;
        });
    }

    // Until all have ended; what escaped from them is thrown.
    void run() {
        context.restart();
        const auto limit = std::chrono::steady_clock::now() + std::chrono::minutes(2);
        while (running > 0 && context.run_one_until(limit) > 0)
            ;
        if (failure) std::rethrow_exception(failure);
        REQUIRE(running == 0);
    }

    // Until nothing moves any more, in time that stands still.
    void settle() {
        do {
            context.restart();
        } while (context.poll() > 0);
        if (failure) std::rethrow_exception(failure);
    }

    // The same until `done`: bytes may take their time on the way.
    template <class Condition>
    void until(Condition done) {
        const auto limit = std::chrono::steady_clock::now() + std::chrono::minutes(2);
        while (!done()) {
            settle();
            REQUIRE(std::chrono::steady_clock::now() < limit);
        }
    }

    // Bytes that wait for ours on the socket.
    int socket_input() const {
        int size = 0;
        ::ioctl(descriptor, FIONREAD, &size);
        return size;
    }

    authority ca;
    asio::io_context context{1};
    tcp::socket peer;
    int descriptor = -1;  // of ours
    std::optional<net::stream> ours;
    int running = 0;
    std::exception_ptr failure;
};

inline asio::awaitable<error_code> sent(tls_socket& target, std::string_view bytes) {
    const auto [ec, size] = co_await asio::async_write(target, asio::buffer(bytes), net::as_result);
    co_return ec;
}

// `size` bytes, or what came before the end.
template <class Socket>
asio::awaitable<std::string> received(Socket& source, std::size_t size) {
    std::string bytes(size, ' ');
    const auto [ec, count] = co_await asio::async_read(source, asio::buffer(bytes), net::as_result);
    bytes.resize(count);
    co_return bytes;
}

inline asio::awaitable<std::string> received(net::stream& source, std::size_t size) {
    std::string bytes(size, ' ');
    std::size_t count = 0;
    while (count < size) {
        const auto got = co_await source.read_some({bytes.data() + count, size - count}, soon());
        if (!got) break;
        count += *got;
    }
    bytes.resize(count);
    co_return bytes;
}

}  // namespace tests
