#include "relay/net/stream.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cerrno>
#include <tuple>
#include <utility>

#include "relay/net/task_group.hpp"
#include "relay/net/tls_layer.hpp"

namespace kurir::net {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

// Ends the pending operation of one direction when its deadline passes.
//
// A socket can only cancel the operations of both directions together. So a cancelled operation
// checks whether it was meant, and continues if the other one was: see `woken_in_vain`.
//
// The timer is not set again for each operation, which would cost more than the operation: it runs
// until the earliest deadline that it was armed with, checks whether that still holds, and
// continues. The handler shares ownership, so it may outlive the stream.
class stream::watchdog : public std::enable_shared_from_this<watchdog> {
public:
    explicit watchdog(tcp::socket& socket) : socket_(&socket), timer_(socket.get_executor()) {}

    void begin(clock::time_point deadline) {
        deadline_ = deadline;
        pending_ = true;
        expired_ = false;
        if (!armed_ || deadline < timer_.expiry()) arm();
    }

    bool pending() const noexcept { return pending_; }

    // True if the operation that just ended was cancelled because its deadline had passed.
    bool end() {
        pending_ = false;
        return std::exchange(expired_, false);
    }

    void forget_socket() {
        socket_ = nullptr;
        timer_.cancel();
    }

private:
    void arm() {
        armed_ = true;
        timer_.expires_at(deadline_);
        timer_.async_wait([self = shared_from_this()](error_code ec) { self->on_timer(ec); });
    }

    void on_timer(error_code ec) {
        if (ec || socket_ == nullptr) return;  // armed again, or the stream is gone
        armed_ = false;
        if (!pending_) return;
        if (clock::now() < deadline_) {
            arm();
            return;
        }
        expired_ = true;
        error_code ignored;
        socket_->cancel(ignored);
    }

    tcp::socket* socket_;
    timer timer_;
    clock::time_point deadline_;
    bool armed_ = false;
    bool pending_ = false;
    bool expired_ = false;
};

// Cancels the pending write when something can be read. The handler shares what it needs, so it may
// run when the watch is over.
class stream::input_watch {
public:
    explicit input_watch(stream& stream) : stream_(stream) {
        state_->input = stream_.tls_ && stream_.waiting() != input::none;
        if (!state_->input) wait();
    }
    input_watch(const input_watch&) = delete;
    input_watch& operator=(const input_watch&) = delete;
    ~input_watch() {
        state_->over = true;
        error_code ignored;
        if (!state_->input) stream_.socket_.cancel(ignored);
    }

    bool input() const noexcept { return state_->input; }

private:
    struct state {
        bool input = false;
        bool over = false;
    };

    void wait() {
        stream_.socket_.async_wait(tcp::socket::wait_read, [this, shared = state_](error_code ec) {
            if (ec || shared->over) return;
            const bool of_tls = stream_.tls_ && stream_.waiting() == input::none;
            if (of_tls) return wait();
            shared->input = true;
            error_code ignored;
            stream_.socket_.cancel(ignored);
        });
    }

    stream& stream_;
    std::shared_ptr<state> state_ = std::make_shared<state>();
};

namespace {

tcp::endpoint unmapped(const tcp::endpoint& endpoint) {
    return {net::unmapped(endpoint.address()), endpoint.port()};
}

// True if the socket has no more input, false if only this read is over.
bool ends_input(error_code error) {
    const bool of_the_socket = error.category() == boost::system::system_category();
    return error == errc::end_of_stream ||
           (of_the_socket && error != asio::error::operation_aborted);
}

}  // namespace

asio::ip::address unmapped(const asio::ip::address& address) {
    if (!address.is_v6() || !address.to_v6().is_v4_mapped()) return address;
    return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
}

stream::stream(tcp::socket socket)
    : socket_(std::move(socket)),
      reading_(std::make_shared<watchdog>(socket_)),
      writing_(std::make_shared<watchdog>(socket_)) {
    // A peer that is already gone has no endpoint; the first read reports it.
    error_code ignored;
    remote_ = unmapped(socket_.remote_endpoint(ignored));
    local_ = unmapped(socket_.local_endpoint(ignored));
    socket_.set_option(tcp::no_delay(true), ignored);
}

stream::~stream() {
    reading_->forget_socket();
    writing_->forget_socket();
}

// True if only the other direction's operation was meant. A task group that stops, and `close`, end
// both.
asio::awaitable<bool> stream::woken_in_vain(error_code ec) const {
    if (ec != asio::error::operation_aborted || !socket_.is_open()) co_return false;
    const bool cancelled = co_await was_cancelled();
    co_return !cancelled;
}

// Waits until the socket is ready for one direction. May return before: the caller tries again.
asio::awaitable<result<void>> stream::ready(
    transfer::need need, watchdog& direction, clock::time_point deadline
) {
    const auto event =
        need == transfer::need::input ? tcp::socket::wait_read : tcp::socket::wait_write;
    direction.begin(deadline);
    const auto [ec] = co_await socket_.async_wait(event, as_result);
    if (direction.end()) co_return errc::timed_out;
    // Closed after the wait had ended well, and before we went on: TLS knows the descriptor, which
    // may be another connection's by now.
    if (!socket_.is_open()) co_return asio::error::operation_aborted;
    if (!ec) co_return result<void>{};
    const bool in_vain = co_await woken_in_vain(ec);
    if (!in_vain) co_return ec;
    co_return result<void>{};
}

asio::awaitable<result<std::size_t>> stream::read_some(
    std::span<char> buffer, clock::time_point deadline
) {
    return tls_ ? read_decrypted(buffer, deadline) : read_socket(buffer, deadline);
}

asio::awaitable<result<std::size_t>> stream::read_socket(
    std::span<char> buffer, clock::time_point deadline
) {
    for (;;) {
        if (std::exchange(interrupted_, false)) co_return errc::interrupted;
        reading_->begin(deadline);
        const auto [ec, size] =
            co_await socket_.async_read_some(asio::buffer(buffer.data(), buffer.size()), as_result);
        const bool expired = reading_->end();
        if (!ec) co_return size;

        if (std::exchange(interrupted_, false)) co_return errc::interrupted;
        if (expired) co_return errc::timed_out;
        if (ec == asio::error::eof) co_return errc::end_of_stream;
        const bool in_vain = co_await woken_in_vain(ec);
        if (!in_vain) co_return ec;
    }
}

asio::awaitable<result<std::size_t>> stream::read_decrypted(
    std::span<char> buffer, clock::time_point deadline
) {
    const auto cipher = buffer.first(std::min(buffer.size(), tls_layer::record_max));
    bool held = tls_->holds_input();
    for (;;) {
        if (std::exchange(interrupted_, false)) co_return errc::interrupted;
        std::string_view arrived;
        if (!held) {
            const auto got = co_await read_socket(cipher, deadline);
            if (!got && !ends_input(got.error())) co_return got.error();
            if (!socket_.is_open()) co_return error_code(asio::error::operation_aborted);
            if (!got) co_return tls_->input_ended(got.error());
            arrived = {cipher.data(), *got};
        }
        const auto got = tls_->read(buffer, arrived);
        if (got.error) co_return got.error;
        if (got.size > 0) {
            // Lets other coroutines of this thread run, even if much is held.
            if (held) co_await asio::post(socket_.get_executor(), asio::use_awaitable);
            co_return got.size;
        }
        held = got.next == transfer::need::output;
        if (!held) continue;
        const auto woken = co_await ready(got.next, *reading_, deadline);
        if (std::exchange(interrupted_, false)) co_return errc::interrupted;
        if (!woken) co_return woken.error();
    }
}

// Sends what the socket takes without waiting. A reply or a small message fits into its buffer, so
// that nothing is waited for: an operation of the loop would cost half as much again as the system
// call.
transfer stream::send_now(std::string_view bytes, bool more_follows) noexcept {
    if (tls_) return tls_->write(bytes, more_follows);
    const int flags = MSG_DONTWAIT | MSG_NOSIGNAL | (more_follows ? MSG_MORE : 0);
    const auto count = ::send(socket_.native_handle(), bytes.data(), bytes.size(), flags);
    if (count >= 0) return {static_cast<std::size_t>(count), transfer::need::output};
    if (errno == EAGAIN || errno == EINTR) return {0, transfer::need::output};
    return {.error = error_code(errno, boost::system::system_category())};
}

asio::awaitable<result<void>> stream::write(std::string_view bytes, clock::time_point deadline) {
    return write_all(bytes, deadline, false);
}

asio::awaitable<result<void>> stream::write_last(
    std::string_view bytes, clock::time_point deadline
) {
    return write_all(bytes, deadline, true);
}

asio::awaitable<result<void>> stream::write_all(
    std::string_view bytes, clock::time_point deadline, bool more_follows
) {
    if (tls_ && tls_->write_unfinished()) co_return errc::cut_off;
    const auto sent = send_now(bytes, more_follows);
    bytes.remove_prefix(sent.size);
    if (bytes.empty()) co_return result<void>{};
    if (sent.error) co_return sent.error;
    co_return co_await write_rest(bytes, sent.next, deadline, nullptr);
}

asio::awaitable<result<void>> stream::write_unless_answered(
    std::string_view bytes, clock::time_point deadline
) {
    if (tls_ && tls_->write_unfinished()) co_return errc::cut_off;
    const auto sent = send_now(bytes);
    bytes.remove_prefix(sent.size);
    if (bytes.empty()) co_return result<void>{};
    if (sent.error) co_return sent.error;
    const input_watch watch(*this);
    co_return co_await write_rest(bytes, sent.next, deadline, &watch);
}

// Waits until the socket takes more, again and again. Nothing more is sent when the time is over or
// the peer has said something; a part has been sent then, so nothing sensible can follow.
asio::awaitable<result<void>> stream::write_rest(
    std::string_view bytes,
    transfer::need need,
    clock::time_point deadline,
    const input_watch* watch
) {
    while (!bytes.empty()) {
        if (watch != nullptr && watch->input()) co_return errc::interrupted;
        const auto woken = co_await ready(need, *writing_, deadline);
        if (watch != nullptr && watch->input()) co_return errc::interrupted;
        if (!woken) co_return woken.error();
        const auto sent = send_now(bytes);
        bytes.remove_prefix(sent.size);
        if (sent.error) co_return sent.error;
        need = sent.next;
    }
    co_return result<void>{};
}

asio::awaitable<result<tls_session>> stream::start_tls(
    const tls_context& context,
    tls_role role,
    std::string peer_name,
    clock::time_point deadline,
    tls_resumption resumption
) {
    assert(!tls_);
    tls_ = std::make_unique<tls_layer>(
        context, role, peer_name, socket_.native_handle(), std::move(resumption)
    );
    for (;;) {
        if (std::exchange(interrupted_, false)) co_return errc::interrupted;
        const auto step = tls_->handshake();
        if (step.error) co_return step.error;
        if (step.next == transfer::need::none) co_return tls_->session();
        const auto woken = co_await ready(step.next, *reading_, deadline);
        if (std::exchange(interrupted_, false)) co_return errc::interrupted;
        if (!woken) co_return woken.error();
    }
}

bool stream::secure() const noexcept {
    return tls_ && tls_->established();
}

channel_ids stream::channel() const {
    return secure() ? tls_->channel() : channel_ids();
}

void stream::interrupt() {
    interrupted_ = true;
    if (!reading_->pending()) return;
    error_code ignored;
    socket_.cancel(ignored);
}

bool stream::has_input() noexcept {
    if (tls_) return waiting() == input::bytes;
    error_code failed;
    return socket_.available(failed) > 0 && !failed;
}

stream::input stream::waiting() noexcept {
    char first = 0;
    return peek(first);
}

std::optional<char> stream::next_byte() noexcept {
    char first = 0;
    if (peek(first) != input::bytes) return std::nullopt;
    return first;
}

stream::input stream::peek(char& first) noexcept {
    if (tls_) {
        const auto seen = tls_->peek({&first, 1});
        if (seen.size > 0) return input::bytes;
        return seen.error ? input::end : input::none;
    }
    const auto count = ::recv(socket_.native_handle(), &first, 1, MSG_PEEK | MSG_DONTWAIT);
    if (count > 0) return input::bytes;
    const bool nothing_yet = count < 0 && (errno == EAGAIN || errno == EINTR);
    return nothing_yet ? input::none : input::end;
}

bool stream::all_acknowledged() noexcept {
    if (tls_ && tls_->write_unfinished()) return false;
    int outstanding = 0;
    return ::ioctl(socket_.native_handle(), SIOCOUTQ, &outstanding) != 0 || outstanding == 0;
}

void stream::close() noexcept {
    if (tls_ && socket_.is_open()) std::ignore = tls_->shut_down();
    error_code ignored;
    socket_.close(ignored);
}

asio::awaitable<void> stream::end_output(clock::time_point deadline) {
    while (tls_) {
        const auto step = tls_->shut_down();
        if (step.error || step.next == transfer::need::none) break;
        const auto woken = co_await ready(step.next, *writing_, deadline);
        if (!woken) break;
    }
    error_code ignored;
    socket_.shutdown(tcp::socket::shutdown_send, ignored);
}

asio::awaitable<void> stream::linger(clock::time_point deadline) {
    co_await end_output(deadline);
    std::array<char, 512> dropped;
    while (clock::now() < deadline) {
        const auto got = co_await read_socket(dropped, deadline);
        if (!got) break;
    }
    error_code ignored;
    socket_.close(ignored);
}

}  // namespace kurir::net
