#include "relay/net/tls_ticket_expiry.hpp"

#include <openssl/x509.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <ctime>
#include <limits>

#include "relay/net/certificate_error.hpp"

namespace kurir::net {

namespace {

using seconds = std::int64_t;
using key_name = const unsigned char*;
using written_expiry = std::array<unsigned char, sizeof(seconds)>;

// Nothing can be said of a date that can't be read: it counts as over.
seconds expiry_of(X509* certificate) {
    std::tm date{};
    if (::ASN1_TIME_to_tm(::X509_get0_notAfter(certificate), &date) != 1) return 0;
    return ::timegm(&date);
}

// 0 without a chain.
seconds first_expiry(SSL* connection) {
    auto* chain = ::SSL_get0_verified_chain(connection);
    seconds first = std::numeric_limits<seconds>::max();
    for (int at = 0; at < sk_X509_num(chain); ++at)
        first = std::min(first, expiry_of(sk_X509_value(chain, at)));
    return sk_X509_num(chain) > 0 ? first : 0;
}

// A resumed session keeps what its first ticket says.
int write_expiry(SSL* connection, void*) {
    if (::SSL_session_reused(connection) == 1 || certificate_error(connection)) return 1;
    const auto expiry = first_expiry(connection);
    written_expiry bytes;
    std::memcpy(bytes.data(), &expiry, bytes.size());
    return ::SSL_SESSION_set1_ticket_appdata(
        ::SSL_get_session(connection), bytes.data(), bytes.size()
    );
}

bool is_over(SSL_SESSION* session) {
    if (::SSL_SESSION_get0_peer(session) == nullptr) return false;  // it has no certificate
    void* bytes = nullptr;
    std::size_t size = 0;
    ::SSL_SESSION_get0_ticket_appdata(session, &bytes, &size);
    seconds expiry = 0;
    if (size != sizeof expiry) return true;
    std::memcpy(&expiry, bytes, sizeof expiry);
    return expiry <= std::time(nullptr);
}

SSL_TICKET_RETURN
read_expiry(SSL*, SSL_SESSION* session, key_name, std::size_t, SSL_TICKET_STATUS status, void*) {
    const bool good = status == SSL_TICKET_SUCCESS || status == SSL_TICKET_SUCCESS_RENEW;
    if (!good || is_over(session)) return SSL_TICKET_RETURN_IGNORE_RENEW;
    return status == SSL_TICKET_SUCCESS ? SSL_TICKET_RETURN_USE : SSL_TICKET_RETURN_USE_RENEW;
}

}  // namespace

void limit_tickets(SSL_CTX* context) {
    ::SSL_CTX_set_session_ticket_cb(context, write_expiry, read_expiry, nullptr);
}

}  // namespace kurir::net
