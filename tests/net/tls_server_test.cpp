// A server's TLS: the certificate that is shown, the protocol that is agreed on, tickets, versions,
// and peers that keep it busy.
#include <openssl/ssl.h>

#include <array>
#include <csignal>
#include <memory>
#include <thread>

#include "relay/net/handshake_fault.hpp"
#include "relay/net/server_certificate.hpp"
#include "relay/net/tls_tickets.hpp"
#include "tests/net/tls_world.hpp"

using kurir::net::errc;
using kurir::net::handshake_fault;
using kurir::net::tls_role;
using tests::soon;
using tests::tcp;
namespace asio = boost::asio;
namespace net = kurir::net;
using boost::system::error_code;
using tests::text_of;

namespace {

struct server_world : tests::tls_world {
    net::tls_settings settings(const std::vector<std::string>& names) {
        net::tls_settings made{.system_ca = false, .peer = net::peer_verification::none};
        for (const auto& each : names) {
            const auto files = ca.issue({.names = each});
            const auto read = net::server_certificate::from_pem(
                text_of(files.certificate), text_of(files.key), files.certificate
            );
            REQUIRE(read.has_value());
            made.certificates.push_back(*read);
        }
        made.protocol = "smtp";
        return made;
    }

    // Another connection, for a further handshake.
    void reconnect() {
        // OpenSSL resumes no session of a connection that ended without a farewell.
        ::SSL_set_shutdown(secure_peer->native_handle(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
        secure_peer.reset();
        tcp::acceptor acceptor(context, {asio::ip::address_v4::loopback(), 0});
        peer = tcp::socket(context);
        peer.connect(acceptor.local_endpoint());
        ours.emplace(acceptor.accept());
    }

    // Both sides of a handshake: what ours found, and the peer's error.
    void shake(const net::tls_context& shown, asio::ssl::context& client, auto prepare) {
        secure_peer.emplace(std::move(peer), client);
        prepare(secure_peer->native_handle());
        start([this, &shown]() -> asio::awaitable<void> {
            agreed = co_await ours->start_tls(shown, tls_role::server, "", soon());
            if (!agreed) ours->close();
        });
        start([this]() -> asio::awaitable<void> {
            const auto [ec] =
                co_await secure_peer->async_handshake(tests::tls_socket::client, net::as_result);
            peers_error = ec;
        });
        run();
    }

    std::string peers_view_of_our_name() {
        auto* certificate = ::SSL_get0_peer_certificate(secure_peer->native_handle());
        for (const auto* name : {"a.example", "b.example", "c.example"}) {
            if (::X509_check_host(certificate, name, 0, 0, nullptr) == 1) return name;
        }
        return "";
    }

    net::result<net::tls_session> agreed = errc::not_secured;
    error_code peers_error;
    std::optional<tests::tls_socket> secure_peer;
};

auto nothing = [](SSL*) {};

auto asking_for(const char* name) {
    return [name](SSL* ssl) { SSL_set_tlsext_host_name(ssl, name); };
}

auto offering(std::string protocols) {
    return [protocols = std::move(protocols)](SSL* ssl) {
        const auto* bytes = reinterpret_cast<const unsigned char*>(protocols.data());
        ::SSL_set_alpn_protos(ssl, bytes, static_cast<unsigned>(protocols.size()));
    };
}

}  // namespace

TEST_CASE("the certificate is chosen by the name that the client asks for", "[net]") {
    const auto [asked, shown, known] = GENERATE(table<const char*, std::string, bool>({
        {"a.example", "a.example", true},
        {"b.example", "b.example", true},
        {"B.EXAMPLE", "b.example", true},
        {"other.example", "a.example", false},
    }));
    server_world world;
    const auto context = tests::made(world.settings({"DNS:a.example", "DNS:b.example"}));
    auto client = world.client();
    world.shake(*context, client, asking_for(asked));
    REQUIRE(world.agreed.has_value());
    CHECK(world.peers_view_of_our_name() == shown);
    CHECK(world.agreed->server_name == asked);
    CHECK(world.agreed->server_name_known == known);
}

TEST_CASE("the first certificate is for clients that ask for no name", "[net]") {
    server_world world;
    const auto context = tests::made(world.settings({"DNS:b.example", "DNS:a.example"}));
    auto client = world.client();
    world.shake(*context, client, nothing);
    REQUIRE(world.agreed.has_value());
    CHECK(world.peers_view_of_our_name() == "b.example");
    CHECK(world.agreed->server_name.empty());
    CHECK_FALSE(world.agreed->server_name_known);
}

TEST_CASE("of certificates with one kind of key the first one with the name is shown", "[net]") {
    server_world world;
    const auto context = tests::made(world.settings(
        {"DNS:x.example", "DNS:b.example,DNS:a.example", "DNS:b.example,DNS:c.example"}
    ));
    auto client = world.client();
    world.shake(*context, client, asking_for("b.example"));
    REQUIRE(world.agreed.has_value());
    CHECK(world.peers_view_of_our_name() == "a.example");
}

TEST_CASE("ALPN: smtp or nothing", "[net]") {
    using namespace std::string_literals;
    const auto [offered, taken] = GENERATE(table<std::string, bool>({
        {"\4smtp"s, true},
        {"\2h2\4smtp"s, true},
        {"\2h2"s, false},
        {"\5smtps\3smt"s, false},
        {"\4SMTP"s, false},
    }));
    server_world world;
    const auto context = tests::made(world.settings({"DNS:a.example"}));
    auto client = world.client();
    world.shake(*context, client, offering(offered));
    CHECK(world.agreed.has_value() == taken);
    CHECK(world.peers_error.failed() != taken);
    if (taken) return;
    CHECK(net::fault_of(world.agreed.error()) == handshake_fault::alpn);
    const auto alert = ERR_GET_REASON(static_cast<unsigned long>(world.peers_error.value()));
    CHECK(alert == SSL_AD_REASON_OFFSET + SSL_AD_NO_APPLICATION_PROTOCOL);
    CHECK(SSL_AD_NO_APPLICATION_PROTOCOL == 120);
}

namespace {

// The ticket of a session, which comes with the first byte under TLS 1.3.
SSL_SESSION* ticket_after_a_byte(server_world& world) {
    world.start([&world]() -> asio::awaitable<void> {
        const auto written = co_await world.ours->write("x", soon());
        REQUIRE(written.has_value());
    });
    world.start([&world]() -> asio::awaitable<void> {
        std::string byte = co_await tests::received(*world.secure_peer, 1);
        CHECK(byte == "x");
    });
    world.run();
    return ::SSL_get1_session(world.secure_peer->native_handle());
}

}  // namespace

TEST_CASE("a ticket is good for its own listener only", "[net]") {
    const int version = GENERATE(TLS1_2_VERSION, TLS1_3_VERSION);
    server_world world;
    auto settings = world.settings({"DNS:a.example"});
    settings.session_context = "0";
    const auto own = tests::made(settings);
    settings.session_context = "1";
    const auto other = tests::made(settings);
    auto client = world.client();
    ::SSL_CTX_set_max_proto_version(client.native_handle(), version);

    world.shake(*own, client, nothing);
    REQUIRE(world.agreed.has_value());
    CHECK_FALSE(world.agreed->resumed);
    auto* ticket = ticket_after_a_byte(world);
    const auto resuming = [ticket](SSL* ssl) { ::SSL_set_session(ssl, ticket); };

    world.reconnect();
    world.shake(*own, client, resuming);
    REQUIRE(world.agreed.has_value());
    CHECK(world.agreed->resumed);

    world.reconnect();
    world.shake(*other, client, resuming);
    REQUIRE(world.agreed.has_value());
    CHECK_FALSE(world.agreed->resumed);
    ::SSL_SESSION_free(ticket);
}

TEST_CASE("a ticket outlives its context where the next one has the same keys", "[net]") {
    const int version = GENERATE(TLS1_2_VERSION, TLS1_3_VERSION);
    server_world world;
    auto settings = world.settings({"DNS:a.example"});
    settings.ticket_keys = std::make_shared<net::ticket_vault>();
    auto first = tests::made(settings);
    auto client = world.client();
    ::SSL_CTX_set_max_proto_version(client.native_handle(), version);
    world.shake(*first, client, nothing);
    REQUIRE(world.agreed.has_value());
    auto* ticket = ticket_after_a_byte(world);
    const auto resuming = [ticket](SSL* ssl) { ::SSL_set_session(ssl, ticket); };
    world.reconnect();
    first.reset();

    settings.certificates = world.settings({"DNS:a.example"}).certificates;
    const auto next = tests::made(settings);
    world.shake(*next, client, resuming);
    REQUIRE(world.agreed.has_value());
    CHECK(world.agreed->resumed);
    ::SSL_SESSION_free(ticket);
}

TEST_CASE("a ticket outlives one change of its key, and not two", "[net]") {
    const int version = GENERATE(TLS1_2_VERSION, TLS1_3_VERSION);
    net::virtual_clock time;
    server_world world;
    const auto own = tests::made(world.settings({"DNS:a.example"}));
    auto client = world.client();
    ::SSL_CTX_set_max_proto_version(client.native_handle(), version);
    world.shake(*own, client, nothing);
    REQUIRE(world.agreed.has_value());
    auto* ticket = ticket_after_a_byte(world);
    const auto resuming = [ticket](SSL* ssl) { ::SSL_set_session(ssl, ticket); };

    for (const bool resumed : {true, false}) {
        time.advance(std::chrono::hours(12));
        world.reconnect();
        world.shake(*own, client, resuming);
        REQUIRE(world.agreed.has_value());
        CHECK(world.agreed->resumed == resumed);
    }
    ::SSL_SESSION_free(ticket);
}

TEST_CASE("versions under the lowest are refused, and taken where they are asked for", "[net]") {
    for (const auto lowest : {net::tls_version::v1_0, net::tls_version::v1_2}) {
        server_world world;
        auto settings = world.settings({"DNS:a.example"});
        settings.lowest = lowest;
        const auto context = tests::made(settings);
        auto client = world.client();
        ::SSL_CTX_set_security_level(client.native_handle(), 0);
        ::SSL_CTX_set_min_proto_version(client.native_handle(), TLS1_VERSION);
        ::SSL_CTX_set_max_proto_version(client.native_handle(), TLS1_1_VERSION);
        world.shake(*context, client, nothing);
        const bool old = lowest == net::tls_version::v1_0;
        CAPTURE(lowest, world.peers_error.message());
        REQUIRE(world.agreed.has_value() == old);
        if (old) CHECK(world.agreed->version == "TLSv1.1");
        if (!old) CHECK(net::fault_of(world.agreed.error()) == handshake_fault::version);
    }
}

TEST_CASE("TLS 1.2 agrees on forward secrecy and authenticated encryption first", "[net]") {
    server_world world;
    const auto context = tests::made(world.settings({"DNS:a.example"}));
    auto client = world.client();
    ::SSL_CTX_set_max_proto_version(client.native_handle(), TLS1_2_VERSION);
    ::SSL_CTX_set_cipher_list(
        client.native_handle(), "ECDHE-ECDSA-AES256-SHA384:ECDHE-ECDSA-AES128-GCM-SHA256"
    );
    world.shake(*context, client, nothing);
    REQUIRE(world.agreed.has_value());
    CHECK(world.agreed->cipher == "ECDHE-ECDSA-AES128-GCM-SHA256");
}

TEST_CASE("TLS 1.2 with a client that has no authenticated encryption", "[net]") {
    server_world world;
    const auto context = tests::made(world.settings({"DNS:a.example"}));
    auto client = world.client();
    ::SSL_CTX_set_max_proto_version(client.native_handle(), TLS1_2_VERSION);
    ::SSL_CTX_set_cipher_list(client.native_handle(), "ECDHE-ECDSA-AES256-SHA384");
    world.shake(*context, client, nothing);
    REQUIRE(world.agreed.has_value());
    CHECK(world.agreed->cipher == "ECDHE-ECDSA-AES256-SHA384");
}

TEST_CASE("what is no TLS is told from other faults", "[net]") {
    const auto* words = GENERATE("EHLO client.example\r\n", "GET / HTTP/1.1\r\n\r\n");
    server_world world;
    const auto context = tests::made(world.settings({"DNS:a.example"}));
    asio::write(world.peer, asio::buffer(std::string_view(words)));
    world.start([&]() -> asio::awaitable<void> {
        world.agreed = co_await world.ours->start_tls(*context, tls_role::server, "", soon());
    });
    world.run();
    REQUIRE_FALSE(world.agreed.has_value());
    CHECK(net::fault_of(world.agreed.error()) == handshake_fault::clear_text);
}

namespace {

// On a thread of its own, because OpenSSL itself waits for the socket: updates its keys until the
// connection ends.
void update_keys_for_ever(int descriptor, SSL_CTX* context) {
    const std::unique_ptr<SSL, void (*)(SSL*)> ssl(::SSL_new(context), ::SSL_free);
    ::SSL_set_fd(ssl.get(), descriptor);
    if (::SSL_connect(ssl.get()) != 1) return;
    do {
        ::SSL_key_update(ssl.get(), SSL_KEY_UPDATE_NOT_REQUESTED);
    } while (::SSL_do_handshake(ssl.get()) == 1);
}

}  // namespace

TEST_CASE("a peer that only updates its keys is ended", "[net]") {
    std::signal(SIGPIPE, SIG_IGN);
    server_world world;
    const auto context = tests::made(world.settings({"DNS:a.example"}));
    auto client = world.client();
    std::thread flood(update_keys_for_ever, world.peer.native_handle(), client.native_handle());
    error_code ended;
    world.start([&]() -> asio::awaitable<void> {
        world.agreed = co_await world.ours->start_tls(*context, tls_role::server, "", soon());
        std::array<char, 100> room;
        const auto got = co_await world.ours->read_some(room, soon());
        if (!got) ended = got.error();
        world.ours->close();
    });
    world.run();
    flood.join();
    CHECK(world.agreed.has_value());
    CHECK(ended == errc::flooded);
}
