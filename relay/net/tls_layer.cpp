#include "relay/net/tls_layer.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/error.hpp>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <new>
#include <utility>

#include "relay/base/numeric_address.hpp"
#include "relay/net/certificate_error.hpp"
#include "relay/net/certificate_names.hpp"
#include "relay/net/error.hpp"

namespace kurir::net {

using boost::system::error_code;
using need = transfer::need;

// The socket as OpenSSL sees it. OpenSSL's own BIO would block on a blocking socket, and end the
// process by SIGPIPE.
struct socket_bio {
    static BIO* make(tls_layer& layer) {
        static BIO_METHOD* const method = make_method();
        auto* bio = ::BIO_new(method);
        if (bio == nullptr) throw std::bad_alloc();
        ::BIO_set_data(bio, &layer);
        ::BIO_set_init(bio, 1);
        return bio;
    }

private:
    static BIO_METHOD* make_method() {
        auto* method = ::BIO_meth_new(::BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket");
        if (method == nullptr) throw std::bad_alloc();
        ::BIO_meth_set_write_ex(method, write);
        ::BIO_meth_set_read_ex(method, read);
        ::BIO_meth_set_ctrl(method, control);
        return method;
    }

    static tls_layer& layer_of(BIO* bio) { return *static_cast<tls_layer*>(::BIO_get_data(bio)); }

    static int write(BIO* bio, const char* bytes, std::size_t size, std::size_t* sent) {
        auto& layer = layer_of(bio);
        const bool waits = layer.more_follows_ || layer.sends_tickets();
        const int flags = MSG_DONTWAIT | MSG_NOSIGNAL | (waits ? MSG_MORE : 0);
        const auto count = ::send(layer.descriptor_, bytes, size, flags);
        return finished(bio, count, BIO_FLAGS_WRITE, sent);
    }

    static int read(BIO* bio, char* room, std::size_t size, std::size_t* got) {
        auto& layer = layer_of(bio);
        *got = layer.take({room, size});
        if (*got > 0) return 1;
        if (!layer.reads_socket_) return nothing_arrived(bio);
        const auto count = ::recv(layer.descriptor_, room, size, MSG_DONTWAIT);
        if (count == 0) layer.at_end_ = true;
        if (count > 0 && layer.is_flooded(static_cast<std::size_t>(count))) {
            return finished(bio, 0, BIO_FLAGS_READ, got);
        }
        return finished(bio, count, BIO_FLAGS_READ, got);
    }

    // More may arrive, unless the input has ended.
    static int nothing_arrived(BIO* bio) {
        const auto& layer = layer_of(bio);
        BIO_clear_retry_flags(bio);
        if (!layer.at_end_ && !layer.input_failed_) BIO_set_retry_read(bio);
        return 0;
    }

    static int finished(BIO* bio, ssize_t count, int retry, std::size_t* moved) {
        layer_of(bio).socket_error_ = count < 0 ? errno : 0;
        BIO_clear_retry_flags(bio);
        if (count < 0 && (errno == EAGAIN || errno == EINTR)) {
            ::BIO_set_flags(bio, retry | BIO_FLAGS_SHOULD_RETRY);
        }
        *moved = count > 0 ? static_cast<std::size_t>(count) : 0;
        return count > 0 ? 1 : 0;
    }

    static long control(BIO* bio, int command, long, void*) {
        if (command == BIO_CTRL_EOF) return layer_of(bio).at_end_ ? 1 : 0;
        return command == BIO_CTRL_FLUSH ? 1 : 0;
    }
};

namespace {

// Where a connection keeps its layer.
int layer_index() {
    static const int index = ::SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
    return index;
}

// Server name indication is for names only (RFC 6066 section 3). False if no certificate can hold
// for this name: OpenSSL would not check it at all.
bool set_peer_name(SSL* ssl, const std::string& name) {
    auto* parameters = ::SSL_get0_param(ssl);
    if (base::numeric_address(name)) {
        // The scope of an address is ours alone: fe80::1%eth0.
        const auto address = name.substr(0, name.find('%'));
        return ::X509_VERIFY_PARAM_set1_ip_asc(parameters, address.c_str()) == 1;
    }
    SSL_set_tlsext_host_name(ssl, name.c_str());
    ::X509_VERIFY_PARAM_set_hostflags(parameters, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    return ::X509_VERIFY_PARAM_set1_host(parameters, name.data(), name.size()) == 1;
}

std::string name_of_peer(SSL* ssl) {
    if (const char* verified = ::SSL_get0_peername(ssl)) return verified;
    auto* certificate = ::SSL_get0_peer_certificate(ssl);
    if (certificate == nullptr) return {};
    return name_of(certificate);
}

}  // namespace

tls_layer::tls_layer(
    const tls_context& context,
    tls_role role,
    const std::string& peer_name,
    int descriptor,
    tls_resumption resumption
)
    : context_(context),
      ssl_(::SSL_new(context.native()), ::SSL_free),
      descriptor_(descriptor),
      resumption_(std::move(resumption)) {
    if (!ssl_) throw std::bad_alloc();
    auto* bio = socket_bio::make(*this);
    ::SSL_set_bio(ssl_.get(), bio, bio);
    if (role == tls_role::server) {
        ::SSL_set_accept_state(ssl_.get());
        return;
    }
    ::SSL_set_connect_state(ssl_.get());
    if (!peer_name.empty() && !set_peer_name(ssl_.get(), peer_name)) {
        keep_error(ssl_.get(), X509_V_ERR_HOSTNAME_MISMATCH);
        const bool required =
            (::SSL_get_verify_mode(ssl_.get()) & SSL_VERIFY_FAIL_IF_NO_PEER_CERT) != 0;
        if (required) failure_ = net::certificate_error(ssl_.get());
    }
    resume();
}

// A copy, because OpenSSL changes the session of a connection, and other threads may resume it,
// too.
void tls_layer::resume() {
    if (resumption_.keep) ::SSL_set_ex_data(ssl_.get(), layer_index(), this);
    const auto& session = resumption_.earlier.session;
    if (!session) return;
    auto* copy = ::SSL_SESSION_dup(session.get());
    if (copy == nullptr) return;
    ::SSL_set_session(ssl_.get(), copy);
    ::SSL_SESSION_free(copy);
}

int tls_layer::keep_session(SSL* connection, SSL_SESSION* session) {
    const auto* layer = static_cast<tls_layer*>(::SSL_get_ex_data(connection, layer_index()));
    if (layer == nullptr || ::SSL_SESSION_is_resumable(session) == 0) return 0;
    // A copy: OpenSSL marks the session of a connection that was not closed as it should be.
    auto* copy = ::SSL_SESSION_dup(session);
    if (copy == nullptr) return 0;
    layer->resumption_.keep({
        .session = std::shared_ptr<SSL_SESSION>(copy, ::SSL_SESSION_free),
        .certificate_error = layer->certificate_error(),
    });
    return 0;
}

// A resumed session shows no certificate: what was found at first holds.
error_code tls_layer::certificate_error() const {
    const bool resumed = ::SSL_session_reused(ssl_.get()) == 1 && resumption_.earlier.session;
    return resumed ? resumption_.earlier.certificate_error : net::certificate_error(ssl_.get());
}

tls_layer::~tls_layer() = default;

transfer tls_layer::handshake() {
    if (failure_) return {.error = failure_};
    ::ERR_clear_error();
    const auto step = finished(::SSL_do_handshake(ssl_.get()), 0);
    established_ = step.next == need::none && !step.error;
    if (established_) barren_ = 0;
    return step;
}

// A peer may send for ever what OpenSSL takes in and nobody can read: updates of keys, empty
// records, handshakes that are never complete. So much must be enough for any handshake, and much
// less between two bytes that can be read.
bool tls_layer::is_flooded(std::size_t more) noexcept {
    constexpr std::size_t handshake_max = 256 * 1024;
    constexpr std::size_t barren_max = 64 * 1024;
    barren_ += more;
    flooded_ = flooded_ || barren_ > (established_ ? barren_max : handshake_max);
    return flooded_;
}

// The client's handshake is over when a server of TLS 1.3 sends tickets (RFC 8446 section 4.6.1):
// nobody waits for them, and what is sent next can share their packet.
bool tls_layer::sends_tickets() const noexcept {
    return ::SSL_get_state(ssl_.get()) == TLS_ST_SW_SESSION_TICKET &&
           ::SSL_version(ssl_.get()) == TLS1_3_VERSION;
}

tls_session tls_layer::session() const {
    const char* asked = ::SSL_get_servername(ssl_.get(), TLSEXT_NAMETYPE_host_name);
    const bool server = ::SSL_is_server(ssl_.get()) == 1;
    const std::string name = server && asked != nullptr ? asked : "";
    auto* shown = server ? ::SSL_get0_peer_certificate(ssl_.get()) : nullptr;
    return {
        .version = ::SSL_get_version(ssl_.get()),
        .cipher = ::SSL_get_cipher_name(ssl_.get()),
        .certificate_error = certificate_error(),
        .peer_name = name_of_peer(ssl_.get()),
        .server_name = name,
        .server_name_known = !name.empty() && context_.has_certificate_for(name),
        .client_name = shown != nullptr ? credential_name(shown) : std::string(),
        .resumed = ::SSL_session_reused(ssl_.get()) == 1,
    };
}

bool tls_layer::holds_input() const noexcept {
    if (!usable() || !ahead_.empty() || ::SSL_has_pending(ssl_.get()) == 1) return true;
    return (::SSL_get_shutdown(ssl_.get()) & SSL_RECEIVED_SHUTDOWN) != 0;
}

transfer tls_layer::read(std::span<char> room, std::string_view arrived) {
    if (!usable()) return {.error = failure_ ? failure_ : make_error_code(errc::not_secured)};
    if (is_flooded(arrived.size())) {
        failure_ = errc::flooded;
        return {.error = failure_};
    }
    ::ERR_clear_error();
    arrived_ = arrived;
    reads_socket_ = false;
    std::size_t size = 0;
    const int outcome = ::SSL_read_ex(ssl_.get(), room.data(), room.size(), &size);
    reads_socket_ = true;
    ahead_ += std::exchange(arrived_, {});  // what OpenSSL did not want yet
    return finished(outcome, size);
}

error_code tls_layer::input_ended(error_code error) {
    if (!usable()) return failure_ ? failure_ : make_error_code(errc::not_secured);
    at_end_ = error == errc::end_of_stream;
    input_failed_ = !at_end_;
    socket_error_ = at_end_ ? 0 : error.value();
    char never = 0;
    const auto step = read({&never, 1}, {});
    if (step.error) return step.error;
    failure_ = at_end_ ? make_error_code(errc::truncated) : error;
    return failure_;
}

// What is left of `arrived_` moves, because OpenSSL decrypts into the same place.
std::size_t tls_layer::take(std::span<char> room) {
    if (ahead_.empty() && arrived_.empty()) return 0;
    const bool earlier = !ahead_.empty();
    const auto bytes = earlier ? std::string_view(ahead_) : arrived_;
    const auto size = std::min(bytes.size(), room.size());
    std::ranges::copy(bytes.substr(0, size), room.begin());
    if (!earlier) {
        ahead_ = std::exchange(arrived_, {}).substr(size);
    } else if (size < ahead_.size()) {
        ahead_.erase(0, size);
    } else {
        ahead_ = {};
    }
    return size;
}

transfer tls_layer::peek(std::span<char> room) {
    if (!usable()) return {.error = failure_ ? failure_ : make_error_code(errc::not_secured)};
    ::ERR_clear_error();
    std::size_t size = 0;
    const int outcome = ::SSL_peek_ex(ssl_.get(), room.data(), room.size(), &size);
    return finished(outcome, size);
}

// OpenSSL takes one record at a time.
transfer tls_layer::write(std::string_view bytes, bool more_follows) {
    if (!usable()) return {.error = failure_ ? failure_ : make_error_code(errc::not_secured)};
    more_follows_ = more_follows;
    std::size_t total = 0;
    while (total < bytes.size()) {
        ::ERR_clear_error();
        std::size_t size = 0;
        const auto rest = bytes.substr(total);
        auto step = finished(::SSL_write_ex(ssl_.get(), rest.data(), rest.size(), &size), size);
        total += step.size;
        write_unfinished_ = step.next != need::none;
        if (step.error || step.next != need::none) {
            step.size = total;
            return step;
        }
    }
    return {.size = total};
}

transfer tls_layer::shut_down() {
    if (!usable() || write_unfinished_ || shut_down_) return {};
    more_follows_ = false;
    ::ERR_clear_error();
    const int outcome = ::SSL_shutdown(ssl_.get());
    shut_down_ = outcome >= 0;
    return shut_down_ ? transfer{} : finished(outcome, 0);
}

transfer tls_layer::finished(int outcome, std::size_t size) {
    if (outcome > 0) {
        if (size > 0) barren_ = 0;
        return {.size = size};
    }
    const int error = ::SSL_get_error(ssl_.get(), outcome);
    switch (error) {
        case SSL_ERROR_WANT_READ:
            return {.next = need::input};
        case SSL_ERROR_WANT_WRITE:
            return {.next = need::output};
        case SSL_ERROR_ZERO_RETURN:  // the peer sends nothing more; we still may
            return {.error = errc::end_of_stream};
        default:
            failure_ = reason(error == SSL_ERROR_SYSCALL);
            return {.error = failure_};
    }
}

error_code tls_layer::reason(bool of_the_socket) const {
    if (flooded_) return errc::flooded;
    if (of_the_socket && socket_error_ != 0) {
        return {socket_error_, boost::system::system_category()};
    }
    const auto code = ::ERR_peek_error();
    const int reason = ERR_GET_REASON(code);
    if (of_the_socket || reason == SSL_R_UNEXPECTED_EOF_WHILE_READING) {
        return established_ ? errc::truncated : errc::end_of_stream;
    }
    if (ERR_GET_REASON(::ERR_peek_last_error()) == SSL_R_CERTIFICATE_VERIFY_FAILED) {
        if (const auto found = net::certificate_error(ssl_.get())) return found;
    }
    return {static_cast<int>(code), boost::asio::error::get_ssl_category()};
}

}  // namespace kurir::net
