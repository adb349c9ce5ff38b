// TLS over one socket, without waiting: each call does what is possible at once, and returns what
// it needs before it is called again.
//
// OpenSSL works on the socket itself. So an idle connection costs no buffers, nothing is copied
// twice, and a read that ends early loses nothing. Any call may need either direction of the
// socket. A read and a write may wait at the same time. Not thread-safe.
#pragma once

#include <boost/system/error_code.hpp>

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "relay/net/tls.hpp"
#include "relay/net/transfer.hpp"

struct ssl_st;

namespace kurir::net {

class tls_layer {
public:
    // `context` must outlive the handshake. A client accepts only a certificate for `peer_name`, a
    // host name or an address.
    tls_layer(
        const tls_context& context, tls_role role, const std::string& peer_name, int descriptor
    );
    tls_layer(const tls_layer&) = delete;
    tls_layer& operator=(const tls_layer&) = delete;
    ~tls_layer();

    // Done when nothing is needed.
    transfer handshake();
    bool established() const noexcept { return established_; }
    tls_session session() const;

    // `errc::end_of_stream` after the peer's close_notify, `errc::truncated` if it closed without.
    transfer read(std::span<char> room);

    // The same, but the bytes stay.
    transfer peek(std::span<char> room);

    // Writes a part of `bytes`. The rest must be passed again before anything else is written.
    transfer write(std::string_view bytes);
    bool write_unfinished() const noexcept { return write_unfinished_; }

    // Sends close_notify.
    transfer shut_down();

private:
    friend struct socket_bio;

    bool usable() const noexcept { return established_ && !failure_; }
    transfer finished(int outcome, std::size_t size);
    boost::system::error_code reason(bool of_the_socket) const;

    bool is_flooded(std::size_t more) noexcept;

    const tls_context& context_;
    std::unique_ptr<ssl_st, void (*)(ssl_st*)> ssl_;
    const int descriptor_;
    int socket_error_ = 0;    // of the last call on the socket
    bool at_end_ = false;     // the socket has no more input
    std::size_t barren_ = 0;  // bytes from the socket since the last one that could be read
    bool flooded_ = false;
    bool established_ = false;
    bool write_unfinished_ = false;
    bool shut_down_ = false;
    boost::system::error_code failure_;  // after it, OpenSSL must not be called again
};

}  // namespace kurir::net
