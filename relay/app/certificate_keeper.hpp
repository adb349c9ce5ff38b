// Gives the SMTP server its certificates, at the start and when the files have changed.
//
// A pair of files with a mistake holds back only itself, and so does KURIR_TLS_CLIENT_CA: the last
// good version stays in use. Logs `certificates` with what=loaded if something new was read, and
// with what=reload_failed a line for each mistake.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "metrics/runtime.hpp"
#include "relay/app/reload_account.hpp"
#include "relay/app/reload_keeper.hpp"
#include "relay/config/config.hpp"
#include "relay/config/parse.hpp"
#include "relay/inbound/server.hpp"
#include "relay/net/tls.hpp"

namespace kurir::app {

class certificate_keeper final : public reload_keeper {
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

    // Gives `user` the certificates in use, now and whenever they change. It must outlive reloads.
    void share_with(std::function<void(const net::server_certificates&)> user);

    bool reads(std::string_view setting) const noexcept override {
        return setting == "KURIR_TLS_CERT" || setting == "KURIR_TLS_KEY" ||
               setting == "KURIR_TLS_CLIENT_CA";
    }
    // Nothing happens without TLS.
    void reload(reload_cause cause) override;
    void settled() override { account_.settled(); }
    config::problems mistakes() const override { return account_.mistakes(); }

    // Of the certificates in use: which of them expires soon, or has expired.
    std::vector<std::string> warnings() const;

private:
    // What sessions that begin now get.
    struct version {
        net::server_certificates certificates;
        std::string client_ca;
    };

    bool speaks_tls() const noexcept { return !config_.tls_cert.empty(); }
    config::problems load();
    version read(config::problems& problems) const;
    bool use(const version& next, config::problems& problems);
    void use_what_fits(const version& next, config::problems& problems);
    void tell_loaded() const;

    const config::config& config_;
    inbound::server& server_;
    metrics::runtime& metrics_;
    reload_account account_;
    version in_use_;
    std::function<void(const net::server_certificates&)> user_;
};

}  // namespace kurir::app
