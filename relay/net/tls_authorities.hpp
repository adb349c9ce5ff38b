// The authorities whose certificates of clients a server accepts. Needs OpenSSL's headers.
#pragma once

#include <openssl/ssl.h>

#include <string>

namespace kurir::net {

// Trusts the certificates in `pem`, and names them to clients when it asks for theirs. What is
// wrong with the text, as the end of a sentence; empty: nothing.
std::string add_client_authorities(SSL_CTX* context, const std::string& pem);

}  // namespace kurir::net
