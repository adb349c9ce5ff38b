// TCP sockets of the benchmark, with or without TLS: opened, listened on, read when readable,
// written whole.
//
// Failure to set one up is an exception, because without sockets there is no benchmark. A peer
// that goes away later is a value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "tests/bench/tls_context.hpp"

namespace kurir::bench {

// An IPv4 address and port of this machine or another.
struct endpoint {
    std::string address;
    std::uint16_t port = 0;
};

// Reads "127.0.0.1:2525"; throws std::invalid_argument for anything else.
endpoint endpoint_of(std::string_view text);

// A socket that is closed with its owner.
class connection {
public:
    explicit connection(int socket) : socket_(socket) {}
    connection(const connection&) = delete;
    connection& operator=(const connection&) = delete;
    ~connection();

    static int connect(const endpoint& peer);
    static int listen(const endpoint& local);
    static int accept(int listener);
    static std::uint16_t port_of(int socket);

    int socket() const { return socket_; }

    // From now on everything is said under TLS, and the socket no longer blocks. The handshake goes
    // on with each call of `shake_hands`, when there is something to read. `context` must outlive
    // the connection.
    enum class handshake { done, pending, failed };
    handshake begin_tls(const tls_context& context);
    handshake shake_hands();
    bool secure() const { return tls_ != nullptr; }

    // The number of bytes that were there, 0 if there are none yet; nothing when the peer has gone
    // or reading failed.
    std::optional<std::size_t> read(std::span<char> into);

    // There are bytes to read for which the socket will not become readable again.
    bool holds_input() const;

    // False when the peer has gone.
    bool write(std::string_view bytes) const;

    // Earlier than the destructor would; `replace` goes on with another socket.
    void close();
    void replace(int socket);

private:
    std::optional<std::size_t> read_tls(std::span<char> into);
    bool write_tls(std::string_view bytes) const;
    bool wait_for(int ssl_error) const;

    int socket_;
    std::unique_ptr<SSL, freed_by<SSL_free>> tls_;
    tls_session last_session_;  // of the connection before, if it may be resumed
    bool resuming_ = false;
    bool record_is_cut_ = false;  // what was read ahead needs more to be read
};

}  // namespace kurir::bench
