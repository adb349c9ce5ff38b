// Protects the session tickets of a server's context with keys of its own that change with time.
#pragma once

struct ssl_ctx_st;

namespace kurir::net {

// Call it once for each context, before it is used. False if OpenSSL has no memory for it.
bool rotate_ticket_keys(ssl_ctx_st* context);

}  // namespace kurir::net
