#include "relay/net/handshake_fault.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "relay/net/error.hpp"

namespace kurir::net {

namespace {

handshake_fault fault_of_openssl(int reason) noexcept {
    if (reason > SSL_AD_REASON_OFFSET) return handshake_fault::rejected;  // an alert of the peer
    switch (reason) {
        case SSL_R_HTTP_REQUEST:
        case SSL_R_HTTPS_PROXY_REQUEST:
        case SSL_R_WRONG_VERSION_NUMBER:
            return handshake_fault::clear_text;
        case SSL_R_UNSUPPORTED_PROTOCOL:
        case SSL_R_VERSION_TOO_LOW:
        case SSL_R_UNKNOWN_PROTOCOL:
            return handshake_fault::version;
        case SSL_R_NO_SHARED_CIPHER:
        case SSL_R_NO_SUITABLE_KEY_SHARE:
        case SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM:
        case SSL_R_NO_SHARED_SIGNATURE_ALGORITHMS:
        case SSL_R_NO_SHARED_GROUPS:
            return handshake_fault::cipher;
        case SSL_R_NO_APPLICATION_PROTOCOL:
            return handshake_fault::alpn;
        default:
            return handshake_fault::other;
    }
}

}  // namespace

handshake_fault fault_of(const boost::system::error_code& error) noexcept {
    if (error.category() == boost::asio::error::get_ssl_category()) {
        return fault_of_openssl(ERR_GET_REASON(static_cast<unsigned long>(error.value())));
    }
    if (error == errc::timed_out) return handshake_fault::timeout;
    if (error == errc::interrupted || error == boost::asio::error::operation_aborted) {
        return handshake_fault::shutdown;
    }
    if (error == errc::flooded) return handshake_fault::flood;
    const bool lost = error.category() == boost::system::system_category();
    if (lost || error == errc::end_of_stream || error == errc::truncated) {
        return handshake_fault::closed;
    }
    return handshake_fault::other;
}

}  // namespace kurir::net
