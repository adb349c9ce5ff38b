#include <openssl/err.h>
#include <openssl/ssl.h>

#include "relay/net/task_group.hpp"
#include "relay/net/tls.hpp"
#include "tests/net/tls_world.hpp"

using namespace std::chrono_literals;
using kurir::net::certificate_fault;
using kurir::net::errc;
using kurir::net::peer_verification;
using kurir::net::tls_role;
using kurir::net::tls_session;
using tests::tls_world;
namespace asio = boost::asio;
namespace net = kurir::net;

namespace {

using outcome = std::optional<net::result<tls_session>>;

struct agreement {
    outcome ours;
    tests::error_code peers;
    std::string echoed;  // of "ping", if both agreed
};

asio::awaitable<void> secure_ours(
    net::stream& ours, const net::tls_settings& settings, tls_role role, outcome& agreed
) {
    agreed =
        co_await ours.start_tls(*tests::made(settings), role, "mx.mail.example", tests::soon());
}

// A handshake of ours as a client or a server with Asio's as the other, then an echo.
agreement agree(
    tls_world& world, const net::tls_settings& settings, tls_role role, asio::ssl::context peers
) {
    agreement outcome;
    tests::tls_socket peer(std::move(world.peer), peers);
    world.start([&]() -> asio::awaitable<void> {
        co_await secure_ours(*world.ours, settings, role, outcome.ours);
        if (!*outcome.ours) co_return world.ours->close();
        const auto heard = co_await tests::received(*world.ours, 4);
        const auto sent = co_await world.ours->write(heard, tests::soon());
        CHECK(sent.has_value());
    });
    world.start([&]() -> asio::awaitable<void> {
        const auto as = role == tls_role::client ? peer.server : peer.client;
        const auto [ec] = co_await peer.async_handshake(as, net::as_result);
        outcome.peers = ec;
        if (ec) co_return peer.next_layer().close();
        std::ignore = co_await tests::sent(peer, "ping");
        outcome.echoed = co_await tests::received(peer, 4);
    });
    world.run();
    return outcome;
}

}  // namespace

TEST_CASE("a client agrees on TLS with the server it wants", "[net][tls]") {
    tls_world world;
    const std::string names = GENERATE(
        "DNS:mx.mail.example", "DNS:other.example,DNS:MX.mail.example", "DNS:*.mail.example"
    );
    const auto agreed = agree(
        world, world.as_client(), tls_role::client, world.server(world.ca.issue({.names = names}))
    );

    REQUIRE(agreed.ours->has_value());
    const auto& session = **agreed.ours;
    CHECK(session.version == "TLSv1.3");
    CHECK(session.cipher == "TLS_AES_128_GCM_SHA256");
    CHECK_FALSE(session.certificate_error);
    CHECK(agreed.echoed == "ping");
    CHECK(world.ours->secure());
}

TEST_CASE("a handshake tells the name that the certificate holds for", "[net][tls]") {
    tls_world world;
    const auto files = world.ca.issue({.names = "DNS:other.example,DNS:mx.mail.example"});
    const auto agreed = agree(world, world.as_client(), tls_role::client, world.server(files));
    CHECK((*agreed.ours)->peer_name == "mx.mail.example");
}

namespace {

struct unfit {
    tests::certificate_files files;
    certificate_fault fault = certificate_fault::invalid;
};

unfit unfit_certificate(tls_world& world, certificate_fault fault) {
    static tests::authority unknown;
    switch (fault) {
        case certificate_fault::wrong_name:
            return {world.ca.issue({.names = "DNS:mx.other.example,DNS:m*.mail.example"}), fault};
        case certificate_fault::expired:
            return {world.ca.issue({.valid_from = -7200, .valid_until = -3600}), fault};
        case certificate_fault::not_yet_valid:
            return {world.ca.issue({.valid_from = 3600, .valid_until = 7200}), fault};
        case certificate_fault::untrusted:
            return {unknown.issue(), fault};
        default:
            return {world.ca.self_signed(), certificate_fault::untrusted};
    }
}

constexpr auto faults = {
    certificate_fault::wrong_name,
    certificate_fault::expired,
    certificate_fault::not_yet_valid,
    certificate_fault::untrusted,
    certificate_fault::invalid,
};

}  // namespace

TEST_CASE("a client refuses a certificate that does not hold, and says why", "[net][tls]") {
    tls_world world;
    const auto [files, fault] = unfit_certificate(world, GENERATE(values(faults)));
    const auto agreed = agree(world, world.as_client(), tls_role::client, world.server(files));
    REQUIRE(agreed.ours->has_error());
    CHECK(agreed.ours->error() == fault);
    CHECK_FALSE(world.ours->secure());
}

TEST_CASE("a client that only reports agrees, and tells what does not hold", "[net][tls]") {
    tls_world world;
    const auto [files, fault] = unfit_certificate(world, GENERATE(values(faults)));
    auto settings = world.as_client();
    settings.peer = GENERATE(peer_verification::reported, peer_verification::none);
    const auto agreed = agree(world, settings, tls_role::client, world.server(files));
    REQUIRE(agreed.ours->has_value());
    CHECK((*agreed.ours)->certificate_error == fault);
    CHECK_FALSE((*agreed.ours)->peer_name.empty());
    CHECK(agreed.echoed == "ping");
}

TEST_CASE("an address is looked for among the addresses of a certificate", "[net][tls]") {
    tls_world world;
    const auto files =
        world.ca.issue({.names = "DNS:mx.mail.example,IP:192.0.2.7,IP:fe80::7,IP:::1"});
    auto peers = world.server(files);
    tests::tls_socket peer(std::move(world.peer), peers);
    const auto [name, holds] = GENERATE(table<std::string, bool>({
        {"192.0.2.7", true},
        {"192.0.2.8", false},
        {"::1", true},
        {"fe80::7", true},
        {"fe80::7%1", true},  // the scope is ours
        {"fe80::8%1", false},
        {"fe80::8%lo", false},
        {std::string("mx.mail.example\0x", 17), false},  // OpenSSL takes no such name
    }));
    outcome agreed;
    world.start([&]() -> asio::awaitable<void> {
        const auto context = tests::made(world.as_client());
        agreed = co_await world.ours->start_tls(*context, tls_role::client, name, tests::soon());
        world.ours->close();
    });
    world.start([&]() -> asio::awaitable<void> {
        std::ignore = co_await peer.async_handshake(peer.server, net::as_result);
    });
    world.run();
    CHECK(agreed->has_value() == holds);
    if (!*agreed) CHECK(agreed->error() == certificate_fault::wrong_name);
}

TEST_CASE("a name that no certificate can hold for is reported", "[net][tls]") {
    tls_world world;
    auto peers = world.server(world.ca.issue());
    tests::tls_socket peer(std::move(world.peer), peers);
    auto settings = world.as_client();
    settings.peer = peer_verification::reported;
    outcome agreed;
    world.start([&]() -> asio::awaitable<void> {
        const std::string name("mx.mail.example\0x", 17);
        const auto context = tests::made(settings);
        agreed = co_await world.ours->start_tls(*context, tls_role::client, name, tests::soon());
        world.ours->close();
    });
    world.start([&]() -> asio::awaitable<void> {
        std::ignore = co_await peer.async_handshake(peer.server, net::as_result);
    });
    world.run();
    REQUIRE(agreed->has_value());
    CHECK((*agreed)->certificate_error == certificate_fault::wrong_name);
}

TEST_CASE("a server agrees on TLS with a client", "[net][tls]") {
    tls_world world;
    auto peers = world.client();
    const bool older = GENERATE(false, true);
    if (older) ::SSL_CTX_set_max_proto_version(peers.native_handle(), TLS1_2_VERSION);
    const auto agreed = agree(world, world.as_server(), tls_role::server, std::move(peers));
    REQUIRE(agreed.ours->has_value());
    CHECK((*agreed.ours)->version == (older ? "TLSv1.2" : "TLSv1.3"));
    CHECK_FALSE(agreed.peers);  // it verifies
    CHECK(agreed.echoed == "ping");
}

TEST_CASE("TLS before 1.2 is refused", "[net][tls]") {
    tls_world world;
    auto peers = world.client();
    ::SSL_CTX_set_min_proto_version(peers.native_handle(), TLS1_VERSION);
    ::SSL_CTX_set_max_proto_version(peers.native_handle(), TLS1_1_VERSION);
    ::SSL_CTX_set_security_level(peers.native_handle(), 0);
    const auto agreed = agree(world, world.as_server(), tls_role::server, std::move(peers));
    REQUIRE(agreed.ours->has_error());
    CHECK(
        ERR_GET_REASON(static_cast<unsigned>(agreed.ours->error().value())) ==
        SSL_R_UNSUPPORTED_PROTOCOL
    );
}

TEST_CASE("a server tells which certificate a client showed", "[net][tls]") {
    tls_world world;
    auto settings = world.as_server();
    settings.peer = peer_verification::reported;
    auto peers = world.client();

    SECTION("none") {
        const auto agreed = agree(world, settings, tls_role::server, std::move(peers));
        CHECK((*agreed.ours)->certificate_error == certificate_fault::missing);
        CHECK((*agreed.ours)->peer_name.empty());
    }
    SECTION("one that holds") {
        const auto files = world.ca.issue({.names = "DNS:app.example"});
        peers.use_certificate_chain_file(files.certificate);
        peers.use_private_key_file(files.key, asio::ssl::context::pem);
        const auto agreed = agree(world, settings, tls_role::server, std::move(peers));
        CHECK_FALSE((*agreed.ours)->certificate_error);
        CHECK((*agreed.ours)->peer_name == "app.example");
    }
    SECTION("one that does not") {
        const auto files = world.ca.self_signed();
        peers.use_certificate_chain_file(files.certificate);
        peers.use_private_key_file(files.key, asio::ssl::context::pem);
        const auto agreed = agree(world, settings, tls_role::server, std::move(peers));
        CHECK((*agreed.ours)->certificate_error == certificate_fault::untrusted);
    }
}

TEST_CASE("a server that requires a certificate refuses a client without", "[net][tls]") {
    tls_world world;
    auto settings = world.as_server();
    settings.peer = peer_verification::required;
    const auto agreed = agree(world, settings, tls_role::server, world.client());
    REQUIRE(agreed.ours->has_error());
    CHECK(
        ERR_GET_REASON(static_cast<unsigned>(agreed.ours->error().value())) ==
        SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE
    );
}

TEST_CASE("a context says which file can't be used, and why", "[net][tls]") {
    using Catch::Matchers::ContainsSubstring;
    tests::authority ca;
    const auto files = ca.issue();
    const auto others = ca.issue();
    const auto failure = [](const net::tls_settings& settings) {
        const auto context = net::tls_context::make(settings);
        return context ? "made" : context.error();
    };
    const auto loaded = [](std::string certificate, std::string key) {
        return net::tls_settings{
            .certificate_file = std::move(certificate), .key_file = std::move(key)
        };
    };
    CHECK(failure(loaded(files.certificate, files.key)) == "made");
    CHECK(failure({.ca_file = ca.file()}) == "made");
    CHECK(
        failure(loaded("/nowhere.pem", files.key)) ==
        "certificate /nowhere.pem: No such file or directory"
    );
    CHECK(
        failure(loaded(files.certificate, "/nowhere.key")) ==
        "key /nowhere.key: No such file or directory"
    );
    CHECK(
        failure({.ca_file = "/nowhere.ca"}) ==
        "trusted certificates /nowhere.ca: No such file or directory"
    );
    CHECK_THAT(
        failure(loaded(files.certificate, others.key)), ContainsSubstring("key values mismatch")
    );
    CHECK_THAT(
        failure(loaded(files.key, files.key)), ContainsSubstring("certificate " + files.key + ": ")
    );
}
