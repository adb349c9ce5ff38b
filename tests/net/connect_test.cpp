#include "relay/net/connect.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>

#include <optional>

#include "tests/support/catch.hpp"
#include "tests/support/run.hpp"

namespace asio = boost::asio;
using namespace std::chrono_literals;
using asio::ip::tcp;
using kurir::net::clock;

namespace {

const auto listener_address = asio::ip::make_address("127.0.0.1");
const auto source_address = asio::ip::make_address("127.0.0.77");

// What a listener sees of a connection from `local`, or why there is none.
struct seen {
    tcp::endpoint client;
    boost::system::error_code failure;
};

seen connect_from(std::optional<tcp::endpoint> local) {
    seen outcome;
    tests::run([&]() -> asio::awaitable<void> {
        tcp::acceptor acceptor(
            co_await asio::this_coro::executor, tcp::endpoint(listener_address, 0)
        );
        const auto socket =
            co_await kurir::net::connect(acceptor.local_endpoint(), clock::now() + 1min, local);
        if (socket) {
            outcome.client = acceptor.accept().remote_endpoint();
        } else {
            outcome.failure = socket.error();
        }
    });
    return outcome;
}

}  // namespace

TEST_CASE("a connection comes from the local address that is given", "[net][connect]") {
    const auto outcome = connect_from(tcp::endpoint(source_address, 0));
    CHECK_FALSE(outcome.failure);
    CHECK(outcome.client.address() == source_address);
    CHECK(outcome.client.port() != 0);
}

TEST_CASE("a connection comes from the local port that is given", "[net][connect]") {
    const auto port = connect_from(tcp::endpoint(source_address, 0)).client.port();  // a free one
    const auto outcome = connect_from(tcp::endpoint(source_address, port));
    CHECK_FALSE(outcome.failure);
    CHECK(outcome.client == tcp::endpoint(source_address, port));
}

TEST_CASE("control: without a local address the system chooses", "[net][connect]") {
    CHECK(connect_from(std::nullopt).client.address() == listener_address);
}

TEST_CASE("a local address that this machine does not have is an error", "[net][connect]") {
    const auto foreign = asio::ip::make_address("192.0.2.1");
    const auto outcome = connect_from(tcp::endpoint(foreign, 0));
    CHECK(outcome.failure == kurir::net::errc::not_local);
}

TEST_CASE("a local address of the other family is an error", "[net][connect]") {
    CHECK(connect_from(tcp::endpoint(asio::ip::address_v6::loopback(), 0)).failure);
}
