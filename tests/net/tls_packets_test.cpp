// What shares a packet. A client's system wakes it for each that comes.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <cstring>

#include "tests/net/tls_session_world.hpp"

using kurir::net::tls_role;
using tests::secured;
using tests::soon;
using tests::tls_world;
namespace asio = boost::asio;

namespace {

// The packets with data that came in (`tcpi_data_segs_in` of linux/tcp.h, which can't be included
// together with the C library's own header).
std::uint32_t packets_to(secured& world) {
    const int descriptor = world.secure_peer->next_layer().native_handle();
    constexpr std::size_t place = 152;
    std::array<char, 256> told{};
    socklen_t size = told.size();
    REQUIRE(::getsockopt(descriptor, IPPROTO_TCP, TCP_INFO, told.data(), &size) == 0);
    REQUIRE(size >= place + sizeof(std::uint32_t));
    std::uint32_t count = 0;
    std::memcpy(&count, told.data() + place, sizeof count);
    return count;
}

}  // namespace

TEST_CASE("tickets come with what a server says next", "[net][tls]") {
    // Linux waits for at most 200 ms, which a busy machine may need: once is enough.
    std::uint32_t fewest = 3;
    for (int i = 0; i < 20 && fewest > 2; ++i) {
        secured world(tls_role::server);
        std::string heard;
        world.start([&]() -> asio::awaitable<void> {
            std::ignore = co_await world.ours->write("220 ready\r\n", soon());
            heard = co_await tests::received(*world.secure_peer, 11);
        });
        world.run();
        CHECK(heard == "220 ready\r\n");
        fewest = packets_to(world);
    }
    CHECK(fewest == 2);  // the first is the handshake's
}

TEST_CASE("tickets come by themselves if a server says nothing", "[net][tls]") {
    secured world(tls_role::server);
    world.until([&] { return packets_to(world) == 2; });
}

TEST_CASE("a last reply shares its packet with the end of TLS", "[net][tls]") {
    std::uint32_t fewest = 2;
    for (int i = 0; i < 20 && fewest > 1; ++i) {
        secured world(tls_role::server);
        world.until([&] { return packets_to(world) == 2; });
        std::string heard;
        world.start([&]() -> asio::awaitable<void> {
            std::ignore = co_await world.ours->write_last("221 bye\r\n", soon());
            world.ours->close();
            heard = co_await tests::received(*world.secure_peer, 20);  // to the end
        });
        world.run();
        CHECK(heard == "221 bye\r\n");
        fewest = packets_to(world) - 2;
    }
    CHECK(fewest == 1);
}

TEST_CASE("a last reply in clear is sent when the connection ends", "[net]") {
    tls_world world;
    const bool lingers = GENERATE(true, false);
    std::string heard;
    world.start([&]() -> asio::awaitable<void> {
        std::ignore = co_await world.ours->write_last("221 bye\r\n", soon());
        if (lingers) {
            co_await world.ours->linger(soon());
        } else {
            world.ours->close();
        }
    });
    world.start([&]() -> asio::awaitable<void> {
        heard = co_await tests::received(world.peer, 20);
        world.peer.close();
    });
    world.run();
    CHECK(heard == "221 bye\r\n");
}
