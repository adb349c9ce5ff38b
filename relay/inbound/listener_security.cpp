#include "relay/inbound/listener_security.hpp"

#include "metrics/enumerators.hpp"
#include "relay/config/listeners.hpp"

namespace kurir::inbound {

net::tls_context::made context_for(
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
    settings.protocol = "smtp";
    return net::tls_context::make(settings);
}

}  // namespace kurir::inbound
