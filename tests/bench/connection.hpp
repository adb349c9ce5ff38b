// TCP sockets of the benchmark: opened, listened on, read when readable, written whole.
//
// Failure to set one up is an exception, because without sockets there is no benchmark. A peer
// that goes away later is a value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

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

    // The number of bytes that were there; 0 when the peer has gone or reading failed.
    std::size_t read(std::span<char> into) const;

    // False when the peer has gone.
    bool write(std::string_view bytes) const;

    // Earlier than the destructor would; `replace` goes on with another socket.
    void close();
    void replace(int socket);

private:
    int socket_;
};

}  // namespace kurir::bench
