// The names in a certificate. Needs OpenSSL's headers.
#pragma once

#include <openssl/x509.h>

#include <string>

namespace kurir::net {

// The first host name that it is for, or else the subject's common name, if any.
std::string name_of(X509* certificate);

}  // namespace kurir::net
