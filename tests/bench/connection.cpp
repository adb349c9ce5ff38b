#include "tests/bench/connection.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <poll.h>
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

connection::handshake connection::begin_tls(const tls_context& context) {
    checked(::fcntl(socket_, F_SETFL, O_NONBLOCK), "O_NONBLOCK");
    tls_.reset(SSL_new(context.get()));
    resuming_ = context.resuming();
    record_is_cut_ = false;
    if (!tls_ || SSL_set_fd(tls_.get(), socket_) != 1) return handshake::failed;
    if (context.is_of_server()) {
        SSL_set_accept_state(tls_.get());
    } else {
        SSL_set_connect_state(tls_.get());
        // After QUIT the relay has gone: a close_notify would only be answered with a reset.
        SSL_set_quiet_shutdown(tls_.get(), 1);
        if (last_session_) SSL_set_session(tls_.get(), last_session_.get());
    }
    return shake_hands();
}

connection::handshake connection::shake_hands() {
    ERR_clear_error();
    const int result = SSL_do_handshake(tls_.get());
    if (result == 1) return handshake::done;
    const int error = SSL_get_error(tls_.get(), result);
    if (error == SSL_ERROR_WANT_READ) return handshake::pending;
    return error == SSL_ERROR_WANT_WRITE && wait_for(error) ? shake_hands() : handshake::failed;
}

std::optional<std::size_t> connection::read(std::span<char> into) {
    if (tls_) return read_tls(into);
    const auto count = ::recv(socket_, into.data(), into.size(), 0);
    if (count <= 0) return std::nullopt;
    return static_cast<std::size_t>(count);
}

std::optional<std::size_t> connection::read_tls(std::span<char> into) {
    std::size_t count = 0;
    ERR_clear_error();
    const int result = SSL_read_ex(tls_.get(), into.data(), into.size(), &count);
    record_is_cut_ = result != 1;
    if (result == 1) return count;
    if (SSL_get_error(tls_.get(), result) == SSL_ERROR_WANT_READ) return 0;
    return std::nullopt;
}

bool connection::holds_input() const {
    return tls_ && !record_is_cut_ && SSL_has_pending(tls_.get()) == 1;
}

bool connection::wait_for(int ssl_error) const {
    pollfd wanted{
        socket_, static_cast<short>(ssl_error == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT), 0
    };
    return (ssl_error == SSL_ERROR_WANT_READ || ssl_error == SSL_ERROR_WANT_WRITE) &&
           ::poll(&wanted, 1, -1) == 1;
}

bool connection::write_tls(std::string_view bytes) const {
    for (;;) {
        std::size_t count = 0;
        ERR_clear_error();
        const int result = SSL_write_ex(tls_.get(), bytes.data(), bytes.size(), &count);
        if (result == 1) return true;
        if (!wait_for(SSL_get_error(tls_.get(), result))) return false;
    }
}

bool connection::write(std::string_view bytes) const {
    if (tls_) return bytes.empty() || write_tls(bytes);
    while (!bytes.empty()) {
        const auto count = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (count < 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
}

void connection::close() {
    if (tls_) {
        // The tickets of TLS 1.3 come after the handshake, so the session is complete only now.
        if (resuming_) last_session_.reset(SSL_get1_session(tls_.get()));
        SSL_shutdown(tls_.get());
        tls_.reset();
    }
    if (socket_ >= 0) ::close(socket_);
    socket_ = -1;
}

void connection::replace(int socket) {
    close();
    socket_ = socket;
}

}  // namespace kurir::bench
