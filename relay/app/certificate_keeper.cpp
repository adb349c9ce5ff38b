#include "relay/app/certificate_keeper.hpp"

#include <chrono>
#include <utility>
#include <variant>

#include "relay/app/certificates.hpp"
#include "relay/log/log.hpp"
#include "relay/net/clock.hpp"

namespace kurir::app {

bool certificate_keeper::begin() {
    if (!speaks_tls()) return true;
    const auto problems = load();
    for (const auto& each : problems) {
        log::event(log::level::error, "certificates")
            .with("what", "load_failed")
            .with("problem", each);
    }
    return problems.empty();
}

void certificate_keeper::reload(reload_cause cause) {
    if (!speaks_tls()) return;
    auto problems = load();
    if (!problems.empty()) {
        account_.failed(std::move(problems), cause);
        return;
    }
    account_.succeeded();
    metrics_.tls_reloads_total(metrics::reload_result::ok).inc();
}

config::problems certificate_keeper::load() {
    auto found = config::generates_certificate(config_) ? generated_certificate(config_)
                                                        : read_certificates(config_);
    if (auto* wrong = std::get_if<config::problems>(&found)) return std::move(*wrong);
    const auto& certificates = std::get<net::server_certificates>(found);
    auto client_ca = read_client_ca(config_);
    if (auto* wrong = std::get_if<config::problems>(&client_ca)) return std::move(*wrong);
    const auto wrong = server_.use(certificates, std::get<std::string>(client_ca));
    if (!wrong.empty()) {
        return {"KURIR_TLS_CERT: " + wrong};
    }
    for (const auto& warning : warnings_about(certificates, net::calendar_now()))
        log::event(log::level::warning, "certificates").with("warning", warning);
    const auto expiry = first_expiry(certificates).time_since_epoch();
    metrics_.tls_certificate_expiry_timestamp_seconds.set(static_cast<double>(expiry.count()));
    const auto left = first_expiry(certificates) - net::calendar_now();
    log::event(log::level::notice, "certificates")
        .with("what", "loaded")
        .with("certificates", certificates.size())
        .with("expires_in_d", std::chrono::floor<std::chrono::days>(left).count());
    return {};
}

}  // namespace kurir::app
