// Gives the connections to remote servers the roots that they trust: the system's and those of
// KURIR_TLS_CA; at the start, and again when that file changes and at SIGHUP.
//
// Logs `roots` with what=loaded, load_failed or reload_failed: after the last, those in use stay.
// Lives on one thread; reads files there.
#pragma once

#include <string>
#include <vector>

#include "metrics/runtime.hpp"
#include "relay/app/reload_account.hpp"
#include "relay/app/reload_keeper.hpp"
#include "relay/config/config.hpp"
#include "relay/net/http_client.hpp"
#include "relay/outbound/remote_tls.hpp"

namespace kurir::app {

// Gives `tls` the roots. What is wrong, beginning with KURIR_TLS_CA; empty if nothing is.
std::string load_roots(const config::config& config, outbound::remote_tls& tls);

class roots_keeper final : public reload_keeper {
public:
    // All must outlive the keeper. `config`: as at the start.
    roots_keeper(
        const config::config& config, outbound::remote_tls& tls, metrics::runtime& metrics
    ) noexcept
        : config_(config),
          tls_(tls),
          account_("roots", metrics::reload_part::roots, nullptr, metrics) {}

    // At the start. False if there is a mistake, which was logged.
    bool begin();

    bool reads(std::string_view setting) const noexcept override {
        return setting == "KURIR_TLS_CA";
    }
    void reload(reload_cause cause) override;
    void settled() override { account_.settled(); }
    config::problems mistakes() const override { return account_.mistakes(); }

    // A client that trusts the same roots reads them again, too. It must outlive the keeper.
    void share_with(net::http_client& client) { clients_.push_back(&client); }

private:
    const config::config& config_;
    outbound::remote_tls& tls_;
    std::vector<net::http_client*> clients_;
    reload_account account_;
};

}  // namespace kurir::app
