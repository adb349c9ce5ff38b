// What OpenSSL found in a peer's certificate, as an error code. Needs OpenSSL's headers.
#pragma once

#include <boost/system/error_code.hpp>
#include <openssl/ssl.h>

namespace kurir::net {

// The peer showed no certificate. Not one of OpenSSL's codes.
inline constexpr int missing_certificate = 10000;

// For a context that verifies but continues after errors: remembers the first error at the
// connection, because OpenSSL itself keeps the last one.
void keep_first_error(X509_STORE_CTX* store);

// The same for this error, which is one of OpenSSL's codes.
void keep_error(SSL* connection, int code);

// The error that the handshake found; none if the certificate is valid.
boost::system::error_code certificate_error(SSL* connection);

}  // namespace kurir::net
