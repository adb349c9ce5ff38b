// The names in a certificate. Needs OpenSSL's headers.
#pragma once

#include <openssl/x509.h>

#include <string>

namespace kurir::net {

// The first host name that it is for, or else the subject's common name, if any.
std::string name_of(X509* certificate);

// The name by which a certificate is a credential: its first host name, else its first mail
// address, else its subject's common name. Empty if there is none that is printable UTF-8 without
// spaces, of at most 255 bytes.
std::string credential_name(X509* certificate);

}  // namespace kurir::net
