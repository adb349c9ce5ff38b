// The TLS context of one listener, exchanged when certificates are loaded again: a session keeps
// the one that it began with. Any thread.
//
// Each listener has a context of its own and keys of tickets of its own, so that none accepts the
// tickets of another. The keys outlive an exchange of certificates: sessions of before are resumed.
// Other authorities for clients mean other keys, because a resumed session is not verified again.
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
    // A context for the listener with this number, or what is wrong with the certificates.
    // `client_ca`: who signs those of clients, as PEM; empty: clients are not asked for one.
    // Nothing is in use before `set`.
    net::tls_context::made prepare(
        const config::config& config,
        std::size_t listener,
        const net::server_certificates& certificates,
        const std::string& client_ca
    );

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
    std::shared_ptr<net::ticket_vault> ticket_keys_for(const std::string& client_ca);

    mutable std::mutex mutex_;
    tls_snapshot context_;
    std::string client_ca_;  // for which the keys are
    std::shared_ptr<net::ticket_vault> ticket_keys_;
};

}  // namespace kurir::inbound
