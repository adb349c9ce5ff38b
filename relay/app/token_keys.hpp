// Gives the SMTP server the keys by which the tokens of clients are checked: from the file that
// KURIR_OAUTH_JWKS names, at the start and when it has changed; or from its URL (`key_keeper`).
//
// Logs `token_keys` with what=loaded, or what=reload_failed: then those in use stay. Files are read
// on the caller's thread, which is always the same one; a URL is fetched on that of `executor`.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <optional>
#include <string>

#include "dns/resolver.hpp"
#include "metrics/metrics.hpp"
#include "relay/app/reload_account.hpp"
#include "relay/app/reload_keeper.hpp"
#include "relay/app/roots_keeper.hpp"
#include "relay/base/result.hpp"
#include "relay/config/config.hpp"
#include "relay/inbound/server.hpp"
#include "relay/net/http_client.hpp"
#include "relay/oauth/key_keeper.hpp"

namespace kurir::app {

// The keys in the file of KURIR_OAUTH_JWKS; null if that is a URL, or not set. The error is a line
// that begins with the name of the setting.
base::result<inbound::shared_keys, std::string> read_token_keys(const config::config& config);

class token_keys final : public reload_keeper {
public:
    // All must outlive this. `config`: as at the start.
    token_keys(const config::config& config, inbound::server& server, metrics::all& metrics)
        : config_(config),
          server_(server),
          metrics_(metrics),
          account_("token_keys", metrics::reload_part::token_keys, nullptr, metrics.runtime) {}

    // Before the server listens. False if there is a mistake, which was logged. `resolver` belongs
    // to the thread of `executor`; `roots` also gives the new ones to the client of the URL.
    bool begin(boost::asio::any_io_executor executor, dns::resolver& resolver, roots_keeper& roots);

    // Begins to fetch from the URL, if it is one.
    void start();

    bool reads(std::string_view setting) const noexcept override {
        return setting == "KURIR_OAUTH_JWKS";
    }
    // A URL is fetched when a signal asks for it.
    void reload(reload_cause cause) override;
    void settled() override { account_.settled(); }
    config::problems mistakes() const override { return account_.mistakes(); }

    // Why there are no new keys from the URL; empty if there is nothing wrong. Any thread.
    std::string trouble() const { return keeper_ ? keeper_->trouble() : std::string(); }

    // Both on the thread of `executor`.
    void stop();
    boost::asio::awaitable<void> join();

private:
    void give(inbound::shared_keys keys);

    const config::config& config_;
    inbound::server& server_;
    metrics::all& metrics_;
    reload_account account_;
    std::optional<net::http_client> http_;
    std::optional<oauth::key_keeper> keeper_;
};

}  // namespace kurir::app
