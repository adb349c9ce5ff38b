// Bytes to and from one peer, each operation with a deadline; in clear, or under TLS after
// `start_tls`, which changes nothing for the code that reads and writes.
//
// When a deadline passes, the operation ends with `errc::timed_out` and the connection stays open,
// so that a last reply (421) can still be written under a new deadline (decision 10). `interrupt`
// wakes a waiting read the same way, for shutdown.
//
// One read and one write may be pending at a time, and neither ends the other. Not thread-safe:
// belongs to the socket's executor. Must outlive its pending operations, so the coroutine that
// awaits them owns it.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "relay/net/channel_ids.hpp"
#include "relay/net/clock.hpp"
#include "relay/net/error.hpp"
#include "relay/net/tls.hpp"
#include "relay/net/tls_resumption.hpp"
#include "relay/net/transfer.hpp"

namespace kurir::net {

class tls_layer;

class stream {
public:
    // Takes an open socket. Nagle's algorithm is switched off.
    explicit stream(boost::asio::ip::tcp::socket socket);
    stream(const stream&) = delete;
    stream& operator=(const stream&) = delete;
    ~stream();

    // Reads at least one byte into `buffer`, by `deadline`. `errc::end_of_stream` when the peer has
    // closed.
    boost::asio::awaitable<result<std::size_t>> read_some(
        std::span<char> buffer, clock::time_point deadline
    );

    // Writes all of `bytes`, which must stay valid until then, by `deadline`.
    boost::asio::awaitable<result<void>> write(std::string_view bytes, clock::time_point deadline);

    // The same, for the last bytes before `close` or `linger`, whose packet they share.
    boost::asio::awaitable<result<void>> write_last(
        std::string_view bytes, clock::time_point deadline
    );

    // The same, but when the peer says something, or closes, while this waits, it ends with
    // `errc::interrupted`: what came can be read, and nothing sensible can be written any more.
    // Nothing else may be pending.
    boost::asio::awaitable<result<void>> write_unless_answered(
        std::string_view bytes, clock::time_point deadline
    );

    // Ends the pending read, or else the next one, with `errc::interrupted`.
    void interrupt();

    // True if bytes can be read without waiting. Under TLS only bytes of the peer count, not those
    // of TLS itself.
    bool has_input() noexcept;

    // The first of these bytes, which stays to be read.
    std::optional<char> next_byte() noexcept;

    // What a read would find without waiting: bytes, the peer's end of the connection, or neither.
    enum class input { none, bytes, end };
    input waiting() noexcept;

    // True if the peer's system has acknowledged everything written so far.
    bool all_acknowledged() noexcept;

    // Agrees on TLS by `deadline`, once, while nothing is pending. A client names the peer: a host
    // name or an address. After an error the connection can't be used any more, neither in clear
    // nor under TLS. Bytes that were read before came in clear: a caller that has read more than
    // the command or reply that started TLS must refuse them (RFC 3207 section 4.2).
    boost::asio::awaitable<result<tls_session>> start_tls(
        const tls_context& context,
        tls_role role,
        std::string peer_name,
        clock::time_point deadline,
        tls_resumption resumption = {}
    );

    // True once TLS was agreed on.
    bool secure() const noexcept;

    // For logins that are bound to this connection; all empty in clear.
    channel_ids channel() const;

    // Closes at once, without waiting for the peer; under TLS says so, if that needs no waiting.
    // Pending operations end with an error.
    void close() noexcept;

    // Ends our direction: the peer reads an end of stream. We may still read.
    boost::asio::awaitable<void> end_output(clock::time_point deadline);

    // Ends our direction, then reads and drops input until the peer closes or until `deadline`. So
    // a reset can't destroy a last reply (RFC 1122 4.2.2.13).
    boost::asio::awaitable<void> linger(clock::time_point deadline);

    // Both are unmapped (::ffff:192.0.2.1 is 192.0.2.1); unspecified if the peer is already gone.
    const boost::asio::ip::tcp::endpoint& remote() const noexcept { return remote_; }
    const boost::asio::ip::tcp::endpoint& local() const noexcept { return local_; }

private:
    class watchdog;
    class input_watch;

    boost::asio::awaitable<result<std::size_t>> read_socket(
        std::span<char> buffer, clock::time_point deadline
    );
    boost::asio::awaitable<result<std::size_t>> read_decrypted(
        std::span<char> buffer, clock::time_point deadline
    );
    transfer send_now(std::string_view bytes, bool more_follows = false) noexcept;
    boost::asio::awaitable<result<void>> write_all(
        std::string_view bytes, clock::time_point deadline, bool more_follows
    );
    boost::asio::awaitable<result<void>> write_rest(
        std::string_view bytes,
        transfer::need need,
        clock::time_point deadline,
        const input_watch* watch
    );
    boost::asio::awaitable<result<void>> ready(
        transfer::need need, watchdog& direction, clock::time_point deadline
    );
    input peek(char& first) noexcept;
    boost::asio::awaitable<bool> woken_in_vain(boost::system::error_code ec) const;

    boost::asio::ip::tcp::socket socket_;
    std::unique_ptr<tls_layer> tls_;
    boost::asio::ip::tcp::endpoint remote_;
    boost::asio::ip::tcp::endpoint local_;
    std::shared_ptr<watchdog> reading_;
    std::shared_ptr<watchdog> writing_;
    bool interrupted_ = false;
};

// `address` as IPv4 if it is an IPv4-mapped IPv6 address.
boost::asio::ip::address unmapped(const boost::asio::ip::address& address);

}  // namespace kurir::net
