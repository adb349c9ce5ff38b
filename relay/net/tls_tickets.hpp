// Protects the session tickets of servers with keys that change with time.
#pragma once

#include <memory>
#include <mutex>
#include <optional>

#include "relay/net/tls_ticket_keys.hpp"

struct ssl_ctx_st;

namespace kurir::net {

// Keys for the contexts that take each other's tickets: those of one listener, one after another.
// Any thread.
class ticket_vault {
public:
    ticket_vault();
    ticket_keys::key current();
    std::optional<ticket_keys::found> find(const ticket_keys::key_name& name);

private:
    std::mutex mutex_;
    ticket_keys keys_;
};

// Call it once for each context, before it is used; `keys` is not null. False if OpenSSL has no
// memory for it.
bool use_ticket_keys(ssl_ctx_st* context, std::shared_ptr<ticket_vault> keys);

}  // namespace kurir::net
