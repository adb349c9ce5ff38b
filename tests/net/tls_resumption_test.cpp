// Sessions that a client resumes: what they spare, and what they keep.
#include "relay/net/tls_resumption.hpp"

#include <openssl/ssl.h>

#include <vector>

#include "tests/net/tls_world.hpp"

using namespace kurir::net;
using tests::tls_world;

namespace {

struct meeting {
    std::optional<result<tls_session>> agreed;
    bool resumed_by_peer = false;
    std::vector<resumable_session> kept;
};

// One connection; the peer says something, behind which its tickets have come.
meeting meet(
    const std::shared_ptr<const tls_context>& client,
    tests::asio::ssl::context& server,
    const resumable_session& earlier = {}
) {
    tls_world world;
    meeting all;
    tests::tls_socket peer(std::move(world.peer), server);
    world.start([&]() -> tests::asio::awaitable<void> {
        const tls_resumption resumption{
            .earlier = earlier,
            .keep = [&all](resumable_session session) { all.kept.push_back(std::move(session)); },
        };
        all.agreed = co_await world.ours->start_tls(
            *client, tls_role::client, "mx.mail.example", tests::soon(), resumption
        );
        CHECK(co_await tests::received(*world.ours, 2) == "hi");
    });
    world.start([&]() -> tests::asio::awaitable<void> {
        std::ignore = co_await peer.async_handshake(peer.server, as_result);
        all.resumed_by_peer = ::SSL_session_reused(peer.native_handle()) == 1;
        std::ignore = co_await tests::sent(peer, "hi");
    });
    world.run();
    REQUIRE(all.agreed);
    REQUIRE(all.agreed->has_value());
    return all;
}

}  // namespace

TEST_CASE("a session is resumed, again and again", "[net][tls]") {
    tls_world made_for;
    const int newest = GENERATE(TLS1_2_VERSION, TLS1_3_VERSION);
    const bool valid = GENERATE(true, false);
    auto settings = made_for.as_client();
    settings.peer = peer_verification::reported;
    settings.resumes = true;
    const auto client = tests::made(settings);
    auto server = made_for.server(valid ? made_for.ca.issue() : made_for.ca.self_signed());
    ::SSL_CTX_set_max_proto_version(server.native_handle(), newest);

    const auto first = meet(client, server);
    CHECK_FALSE((*first.agreed)->resumed);
    REQUIRE_FALSE(first.kept.empty());
    for (int i = 0; i < 2; ++i) {
        const auto next = meet(client, server, first.kept.back());
        CHECK((*next.agreed)->resumed);
        CHECK(next.resumed_by_peer);
        // No certificate is shown; what was found at first holds.
        CHECK((*next.agreed)->certificate_error == (*first.agreed)->certificate_error);
        CHECK(((*next.agreed)->certificate_error == certificate_fault::untrusted) == !valid);
        for (const auto& each : next.kept)
            CHECK(each.certificate_error == (*first.agreed)->certificate_error);
    }
    // Another server does not know it, and shows its certificate.
    auto other = made_for.server(made_for.ca.issue());
    const auto elsewhere = meet(client, other, first.kept.back());
    CHECK_FALSE((*elsewhere.agreed)->resumed);
    CHECK_FALSE((*elsewhere.agreed)->certificate_error);
}

TEST_CASE("sessions are kept only by a context that is made for it", "[net][tls]") {
    tls_world made_for;
    const auto client = tests::made(made_for.as_client());
    auto server = made_for.server(made_for.ca.issue());
    CHECK(meet(client, server).kept.empty());
}
