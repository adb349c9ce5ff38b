#include "tests/bench/connection.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <stdexcept>
#include <system_error>

namespace kurir::bench {
namespace {

constexpr int backlog = 512;

int checked(int result, const char* call) {
    if (result < 0) throw std::system_error(errno, std::generic_category(), call);
    return result;
}

sockaddr_in address_of(const endpoint& point) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(point.port);
    if (::inet_pton(AF_INET, point.address.c_str(), &address.sin_addr) != 1) {
        throw std::invalid_argument("no IPv4 address: " + point.address);
    }
    return address;
}

// Without this a reply that is written in two pieces waits for the peer's delayed acknowledgement.
void send_at_once(int socket) {
    const int on = 1;
    checked(::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on), "TCP_NODELAY");
}

}  // namespace

endpoint endpoint_of(std::string_view text) {
    const auto colon = text.rfind(':');
    endpoint point;
    if (colon != std::string_view::npos) {
        const auto digits = text.substr(colon + 1);
        const auto [end, ec] =
            std::from_chars(digits.data(), digits.data() + digits.size(), point.port);
        if (ec == std::errc{} && end == digits.data() + digits.size()) {
            point.address = text.substr(0, colon);
            return point;
        }
    }
    throw std::invalid_argument("not address:port: " + std::string(text));
}

connection::~connection() {
    close();
}

int connection::connect(const endpoint& peer) {
    const auto address = address_of(peer);
    const int socket = checked(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
    checked(
        ::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address), "connect"
    );
    send_at_once(socket);
    return socket;
}

int connection::listen(const endpoint& local) {
    const auto address = address_of(local);
    const int socket = checked(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
    const int on = 1;
    checked(::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on), "SO_REUSEADDR");
    checked(::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address), "bind");
    checked(::listen(socket, backlog), "listen");
    return socket;
}

int connection::accept(int listener) {
    const int socket = checked(::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC), "accept");
    send_at_once(socket);
    return socket;
}

std::uint16_t connection::port_of(int socket) {
    sockaddr_in address{};
    socklen_t size = sizeof address;
    checked(::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size), "getsockname");
    return ntohs(address.sin_port);
}

std::size_t connection::read(std::span<char> into) const {
    const auto count = ::recv(socket_, into.data(), into.size(), 0);
    return count > 0 ? static_cast<std::size_t>(count) : 0;
}

bool connection::write(std::string_view bytes) const {
    while (!bytes.empty()) {
        const auto count = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (count < 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
}

void connection::close() {
    if (socket_ >= 0) ::close(socket_);
    socket_ = -1;
}

void connection::replace(int socket) {
    close();
    socket_ = socket;
}

}  // namespace kurir::bench
