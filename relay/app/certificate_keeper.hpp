// Gives the SMTP server its certificates, at the start and when the files have changed.
//
// Logs `certificates` with what=loaded, or what=reload_failed with a line for each mistake: then
// those in use stay. Lives on one thread; reads files there.
#pragma once

#include "metrics/runtime.hpp"
#include "relay/app/reload_account.hpp"
#include "relay/config/config.hpp"
#include "relay/config/parse.hpp"
#include "relay/inbound/server.hpp"
#include "relay/net/tls.hpp"

namespace kurir::app {

class certificate_keeper {
public:
    // All must outlive the keeper. `config`: as at the start.
    certificate_keeper(
        const config::config& config, inbound::server& server, metrics::runtime& metrics
    ) noexcept
        : config_(config),
          server_(server),
          metrics_(metrics),
          account_(
              "certificates",
              metrics::reload_part::certificates,
              &metrics.tls_reloads_total(metrics::reload_result::failed),
              metrics
          ) {}

    // At the start, once the queue folder is there. False if there is a mistake, which was logged.
    bool begin();

    // Nothing happens without TLS.
    void reload(reload_cause cause);

    // No file is changing any more: a mistake in one is told.
    void settled() { account_.settled(); }

    const config::problems& mistakes() const noexcept { return account_.mistakes(); }

private:
    bool speaks_tls() const noexcept { return !config_.tls_cert.empty(); }
    config::problems load();

    const config::config& config_;
    inbound::server& server_;
    metrics::runtime& metrics_;
    reload_account account_;
};

}  // namespace kurir::app
