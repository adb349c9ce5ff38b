// What a command needs that talks to servers as a delivery does, without a running relay: one loop,
// a resolver, logins with their tokens, TLS.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include <memory>
#include <string>

#include "dns/cares_resolver.hpp"
#include "metrics/metrics.hpp"
#include "relay/app/token_desk.hpp"
#include "relay/base/result.hpp"
#include "relay/config/config.hpp"
#include "relay/config/live_config.hpp"
#include "relay/net/http_client.hpp"
#include "relay/oauth/token_keeper.hpp"
#include "relay/outbound/logins.hpp"
#include "relay/outbound/remote_tls.hpp"
#include "relay/outbound/session_trial.hpp"

namespace kurir::app {

class server_tools {
public:
    // The error is a line that begins with the name of the setting that is wrong.
    static base::result<std::unique_ptr<server_tools>, std::string> make(
        const config::config& config
    );

    // Runs `task` to its end, and whatever it started. Once.
    void run(boost::asio::awaitable<void> task);

    dns::cares_resolver& resolver() noexcept { return resolver_; }
    const config::live_config& config() const noexcept { return live_; }
    boost::asio::any_io_executor executor() { return context_.get_executor(); }
    outbound::trial_tools for_trials() {
        return {live_, resolver_, *logins_, tls_, metrics_.outbound};
    }

private:
    explicit server_tools(const config::config& config);
    std::string begin(const config::config& config);
    boost::asio::awaitable<void> stop_after(boost::asio::awaitable<void> task);

    const config::live_config live_;
    metrics::all metrics_;
    boost::asio::io_context context_{1};
    dns::cares_resolver resolver_;
    outbound::remote_tls tls_;
    std::unique_ptr<net::http_client> http_;
    std::unique_ptr<oauth::token_keeper> keeper_;
    std::unique_ptr<token_desk> desk_;
    std::unique_ptr<outbound::logins> logins_;
};

}  // namespace kurir::app
