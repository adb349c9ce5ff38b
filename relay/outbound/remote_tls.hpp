// TLS to remote servers, as the connections of all threads share it: a context for each policy, and
// what is remembered of servers.
//
// Reading the roots takes milliseconds, so contexts are made at the start, and again when
// KURIR_TLS_CA has changed; never for a connection. Thread-safe.
#pragma once

#include <array>
#include <memory>
#include <mutex>
#include <string>

#include "relay/net/tls.hpp"
#include "relay/outbound/destination_key.hpp"
#include "relay/outbound/hosts.hpp"
#include "relay/outbound/session_opening.hpp"
#include "relay/outbound/tls_memory.hpp"

namespace kurir::outbound {

class remote_tls {
public:
    // Makes the contexts; `ca_file` is trusted beside the system's roots, if it is not empty. What
    // is wrong otherwise: then nothing changes. Sessions that were agreed on before are forgotten.
    std::string load(const std::string& ca_file);

    // For a connection of the destination `key` to `host`, which may use TLS. `load` comes first.
    tls_terms terms_for(const destination_key& key, const host_address& host);

    // The session that `terms_for` gave for these can't be resumed.
    void forget_session(const destination_key& key, const host_address& host);

    bool failed_lately(const host_address& host) const;
    void failed(const host_address& host);

private:
    using contexts = std::array<std::shared_ptr<const net::tls_context>, 4>;  // by policy

    mutable std::mutex lock_;
    contexts contexts_;
    tls_memory memory_;
};

}  // namespace kurir::outbound
