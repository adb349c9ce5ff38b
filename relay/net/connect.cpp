#include "relay/net/connect.hpp"

#include <boost/asio/this_coro.hpp>
#include <netinet/in.h>

#include <memory>
#include <utility>

namespace kurir::net {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

// The port is chosen at the connect, so that it only has to be free for that destination.
error_code bind(tcp::socket& socket, const tcp::endpoint& local) {
    error_code ec;
    socket.open(local.protocol(), ec);
    using bind_address_no_port =
        asio::detail::socket_option::boolean<IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT>;
    if (!ec && local.port() == 0) socket.set_option(bind_address_no_port(true), ec);
    if (!ec) socket.bind(local, ec);
    // Not for want of a port, which is not chosen here.
    if (ec == boost::system::errc::address_not_available && local.port() == 0) {
        return errc::not_local;
    }
    return ec;
}

}  // namespace

asio::awaitable<result<tcp::socket>> connect(
    tcp::endpoint remote, clock::time_point deadline, std::optional<tcp::endpoint> local
) {
    const auto executor = co_await asio::this_coro::executor;
    tcp::socket socket(executor);
    if (local) {
        if (const auto failed = bind(socket, *local)) co_return failed;
    }

    // The timer's handler may still be queued after this coroutine has gone on, hence the shared
    // flag.
    auto expired = std::make_shared<bool>(false);
    timer limit(executor, deadline);
    limit.async_wait([&socket, expired](error_code ec) {
        if (ec || *expired) return;
        *expired = true;
        error_code ignored;
        socket.cancel(ignored);
    });
    const auto [ec] = co_await socket.async_connect(remote, as_result);
    const bool late = std::exchange(*expired, true);
    limit.cancel();
    if (!ec) co_return socket;
    if (late) co_return errc::timed_out;
    co_return ec;
}

}  // namespace kurir::net
