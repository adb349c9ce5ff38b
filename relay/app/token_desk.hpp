// Gives the connections of all threads their tokens: asks the `token_keeper` on its thread, by the
// configuration as it is.
#pragma once

#include <boost/asio/awaitable.hpp>

#include <string>

#include "dns/resolver.hpp"
#include "relay/config/live_config.hpp"
#include "relay/net/http_client.hpp"
#include "relay/oauth/token_keeper.hpp"
#include "relay/outbound/logins.hpp"

namespace kurir::app {

class token_desk final : public outbound::token_source {
public:
    // Both must outlive the desk.
    token_desk(const config::live_config& config, oauth::token_keeper& keeper) noexcept
        : config_(config), keeper_(keeper) {}

    boost::asio::awaitable<base::result<std::string, outbound::token_trouble>> token(
        const std::string& name
    ) override;
    boost::asio::awaitable<bool> refused(const std::string& name, std::string token) override;
    void accepted(const std::string& name, const std::string& token) override;

private:
    const config::live_config& config_;
    oauth::token_keeper& keeper_;
};

// True if some relayhost is logged in to by tokens.
bool needs_tokens(const config::config& config);

// A client of token servers, within these limits. Names are looked up by `resolver`, which must
// outlive it and belongs to the thread on which it is used. `ca_file` is trusted beside the
// system's roots, if it is not empty. The error says what can't be used.
base::result<net::http_client, std::string> make_token_http(
    dns::resolver& resolver,
    std::string ca_file,
    const net::http_limits& limits = {.body_max = 64UL * 1024}
);

}  // namespace kurir::app
