// Tickets of TLS, for a server whose clients may show certificates: a session is resumed only as
// long as the certificates behind it are valid. Needs OpenSSL's headers.
//
// A ticket keeps the client's certificate and that it was found valid, but nothing looks at it
// again when the session is resumed. So the ticket also says when the first certificate of the
// chain expires. One that says nothing, because the certificate was not valid, resumes nothing.
// Where other authorities are trusted, nothing of before may be resumed: take other keys of
// tickets.
#pragma once

#include <openssl/ssl.h>

namespace kurir::net {

void limit_tickets(SSL_CTX* context);

}  // namespace kurir::net
