// Our stream and its peer after their handshake.
#pragma once

#include <openssl/ssl.h>

#include <optional>

#include "tests/net/tls_world.hpp"

namespace tests {

struct secured : tls_world {
    // `newest` is the TLS version that the peer has at most; 0: any.
    explicit secured(net::tls_role role, int newest = 0)
        : tls(role == net::tls_role::client ? server(ca.issue()) : client()) {
        ::SSL_CTX_set_max_proto_version(tls.native_handle(), newest);
        secure_peer.emplace(std::move(peer), tls);
        const auto settings = role == net::tls_role::client ? as_client() : as_server();
        start([this, role, settings]() -> asio::awaitable<void> {
            const auto context = made(settings);
            const auto agreed = co_await ours->start_tls(*context, role, "mx.mail.example", soon());
            REQUIRE(agreed.has_value());
        });
        start([this, role]() -> asio::awaitable<void> {
            const auto as = role == net::tls_role::client ? tls_socket::server : tls_socket::client;
            co_await secure_peer->async_handshake(as, asio::use_awaitable);
        });
        run();
    }

    // The peer says close_notify, waits for ours, and closes.
    void peer_shuts_down() {
        start([this]() -> asio::awaitable<void> {
            std::ignore = co_await secure_peer->async_shutdown(net::as_result);
            secure_peer->next_layer().close();
        });
    }

    asio::ssl::context tls;
    std::optional<tls_socket> secure_peer;
};

}  // namespace tests
