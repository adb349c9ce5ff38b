#include "relay/admin/door.hpp"

#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "relay/log/log.hpp"

namespace kurir::admin {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

// True if the peer of a Unix socket is our own user, or root.
bool is_trusted(int connection) {
    ucred peer{};
    socklen_t size = sizeof peer;
    if (getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return false;
    return peer.uid == 0 || peer.uid == geteuid();
}

error_code last_error() {
    return {errno, boost::system::system_category()};
}

// Removes the socket of a process that is gone; anything else at the path stays.
error_code clear(const std::string& path) {
    struct stat found{};
    if (lstat(path.c_str(), &found) != 0) return errno == ENOENT ? error_code() : last_error();
    if (!S_ISSOCK(found.st_mode)) return asio::error::address_in_use;
    return unlink(path.c_str()) == 0 ? error_code() : last_error();
}

}  // namespace

bool take_address(door& entrance, std::string_view setting) {
    const auto ec = entrance.listen();
    if (!ec) return true;
    log::event(log::level::error, "lifecycle")
        .with("what", "listen_failed")
        .with("address", entrance.address())
        .with("port", entrance.port())
        .with("setting", setting)
        .with("error", ec.message());
    return false;
}

error_code tcp_door::listen() {
    error_code ec;
    acceptor_.open(local_.protocol(), ec);
    if (ec && local_ == tcp::endpoint(asio::ip::address_v6::any(), local_.port())) {
        // On a machine without IPv6 the wildcard is 0.0.0.0.
        local_.address(asio::ip::address_v4::any());
        acceptor_.open(local_.protocol(), ec);
    }
    if (ec) return ec;
    acceptor_.set_option(tcp::acceptor::reuse_address(true), ec);
    if (!ec && local_.address().is_v6()) acceptor_.set_option(asio::ip::v6_only(false), ec);
    if (!ec) acceptor_.bind(local_, ec);
    if (!ec) acceptor_.listen(asio::socket_base::max_listen_connections, ec);
    if (!ec) local_ = acceptor_.local_endpoint(ec);
    if (ec) close();
    return ec;
}

asio::awaitable<net::result<door::guest>> tcp_door::accept() {
    for (;;) {
        auto accepted = co_await acceptor_.async_accept(net::as_result);
        auto& [ec, connection] = accepted;
        if (ec) co_return ec;
        const auto client = connection.remote_endpoint(ec).address();
        if (ec) continue;  // gone already
        co_return guest{socket(std::move(connection)), client};
    }
}

void tcp_door::close() {
    error_code ignored;
    acceptor_.close(ignored);
}

error_code unix_door::listen() {
    if (path_.size() >= sizeof(sockaddr_un::sun_path)) return asio::error::name_too_long;
    if (auto ec = clear(path_)) return ec;
    error_code ec;
    const asio::local::stream_protocol::endpoint local(path_);
    acceptor_.open(local.protocol(), ec);
    if (!ec) {
        const auto before = umask(S_IRWXG | S_IRWXO);
        acceptor_.bind(local, ec);
        umask(before);
    }
    made_ = !ec;
    if (!ec) acceptor_.listen(asio::socket_base::max_listen_connections, ec);
    if (ec) close();
    return ec;
}

asio::awaitable<net::result<door::guest>> unix_door::accept() {
    for (;;) {
        auto accepted = co_await acceptor_.async_accept(net::as_result);
        auto& [ec, connection] = accepted;
        if (ec) co_return ec;
        if (!is_trusted(connection.native_handle())) continue;
        co_return guest{socket(std::move(connection)), asio::ip::address_v4::loopback()};
    }
}

void unix_door::close() {
    error_code ignored;
    acceptor_.close(ignored);
    if (std::exchange(made_, false)) unlink(path_.c_str());
}

unix_door::~unix_door() {
    close();
}

}  // namespace kurir::admin
