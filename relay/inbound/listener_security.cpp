#include "relay/inbound/listener_security.hpp"

#include "metrics/enumerators.hpp"
#include "relay/config/listeners.hpp"
#include "relay/net/tls_tickets.hpp"

namespace kurir::inbound {

std::shared_ptr<net::ticket_vault> listener_security::ticket_keys_for(const std::string& client_ca
) {
    const std::lock_guard lock(mutex_);
    if (!ticket_keys_ || client_ca != client_ca_) {
        ticket_keys_ = std::make_shared<net::ticket_vault>();
        client_ca_ = client_ca;
    }
    return ticket_keys_;
}

net::tls_context::made listener_security::prepare(
    const config::config& config,
    std::size_t listener,
    const net::server_certificates& certificates,
    const std::string& client_ca
) {
    net::tls_settings settings;
    settings.system_ca = false;
    settings.client_ca = client_ca;
    settings.peer =
        client_ca.empty() ? net::peer_verification::none : net::peer_verification::reported;
    settings.lowest = metrics::same_named<net::tls_version>(config.tls_min);
    settings.certificates = certificates;
    settings.session_context = std::to_string(listener);
    settings.ticket_keys = ticket_keys_for(client_ca);
    settings.protocol = "smtp";
    return net::tls_context::make(settings);
}

}  // namespace kurir::inbound
