// The TLS context of one listener, exchanged when certificates are loaded again: a session keeps
// the one that it began with. Any thread.
//
// Each listener has a context of its own, so that none accepts the tickets of another.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "relay/config/config.hpp"
#include "relay/net/tls.hpp"

namespace kurir::inbound {

using tls_snapshot = std::shared_ptr<const net::tls_context>;

class listener_security {
public:
    // Nothing: the listener does not speak TLS.
    tls_snapshot get() const {
        const std::lock_guard lock(mutex_);
        return context_;
    }

    void set(tls_snapshot next) {
        // If this was the last user of the old one, it is destroyed after the lock is released.
        const std::lock_guard lock(mutex_);
        context_.swap(next);
    }

private:
    mutable std::mutex mutex_;
    tls_snapshot context_;
};

// A context for the listener with this number, or what is wrong with the certificates. `client_ca`:
// who signs those of clients, as PEM; empty: clients are not asked for one.
net::tls_context::made context_for(
    const config::config& config,
    std::size_t listener,
    const net::server_certificates& certificates,
    const std::string& client_ca
);

}  // namespace kurir::inbound
