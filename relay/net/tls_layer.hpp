// TLS over one socket, without waiting: each call does what is possible at once, and returns what
// it needs before it is called again.
//
// OpenSSL works on the socket itself, except that whoever waits for input reads the socket and
// passes on what came: a wait for the socket alone would cost one more system call for each record.
// An idle connection costs no buffers. Any call may need either direction of the socket. A read and
// a write may wait at the same time. Not thread-safe.
#pragma once

#include <boost/system/error_code.hpp>

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "relay/net/channel_ids.hpp"
#include "relay/net/tls.hpp"
#include "relay/net/tls_resumption.hpp"
#include "relay/net/transfer.hpp"

struct ssl_st;

namespace kurir::net {

class tls_layer {
public:
    // `context` must outlive the handshake. A client accepts only a certificate for `peer_name`, a
    // host name or an address.
    tls_layer(
        const tls_context& context,
        tls_role role,
        const std::string& peer_name,
        int descriptor,
        tls_resumption resumption = {}
    );
    tls_layer(const tls_layer&) = delete;
    tls_layer& operator=(const tls_layer&) = delete;
    ~tls_layer();

    // Done when nothing is needed.
    transfer handshake();
    bool established() const noexcept { return established_; }
    tls_session session() const;
    channel_ids channel() const { return channel_ids_of(ssl_.get()); }

    // True if a read with nothing more from the socket may find something: bytes, the peer's
    // close_notify, or an earlier error.
    bool holds_input() const noexcept;

    // Reads from `arrived`, which came from the socket and may lie in `room`, and from what came
    // before. `errc::end_of_stream` after the peer's close_notify.
    transfer read(std::span<char> room, std::string_view arrived);

    // The socket's input has ended, with `error` or `errc::end_of_stream`. Returns what that means:
    // `errc::truncated` if the peer closed without close_notify.
    boost::system::error_code input_ended(boost::system::error_code error);

    // The first bytes that can be read, also from the socket; they stay.
    transfer peek(std::span<char> room);

    // More of the socket in one read would only be copied once more.
    static constexpr std::size_t record_max = 16 * 1024 + 5 + 256;

    // Writes a part of `bytes`. The rest must be passed again before anything else is written.
    // `more_follows`: the socket may wait for a moment, and send them with what is written next.
    transfer write(std::string_view bytes, bool more_follows = false);
    bool write_unfinished() const noexcept { return write_unfinished_; }

    // Sends close_notify.
    transfer shut_down();

    // For contexts whose sessions can be resumed: OpenSSL calls it with each that the server gives.
    static int keep_session(ssl_st* connection, ssl_session_st* session);

private:
    friend struct socket_bio;

    bool usable() const noexcept { return established_ && !failure_; }
    transfer finished(int outcome, std::size_t size);
    boost::system::error_code reason(bool of_the_socket) const;
    boost::system::error_code certificate_error() const;
    void resume();

    bool is_flooded(std::size_t more) noexcept;
    std::size_t take(std::span<char> room);
    bool sends_tickets() const noexcept;

    const tls_context& context_;
    std::unique_ptr<ssl_st, void (*)(ssl_st*)> ssl_;
    const int descriptor_;
    const tls_resumption resumption_;
    bool reads_socket_ = true;  // OpenSSL itself, if `arrived_` and `ahead_` don't suffice
    std::string_view arrived_;
    std::string ahead_;     // what came before `arrived_`
    int socket_error_ = 0;  // of the last call on the socket
    bool at_end_ = false;   // the socket has no more input
    bool input_failed_ = false;
    std::size_t barren_ = 0;  // bytes from the socket since the last one that could be read
    bool flooded_ = false;
    bool established_ = false;
    bool write_unfinished_ = false;
    bool more_follows_ = false;
    bool shut_down_ = false;
    boost::system::error_code failure_;  // after it, OpenSSL must not be called again
};

}  // namespace kurir::net
