#include "relay/app/server_tools.hpp"

#include <exception>
#include <utility>

#include "relay/app/dns_options.hpp"
#include "relay/net/task_group.hpp"

namespace kurir::app {

server_tools::server_tools(const config::config& config)
    : live_(config),
      metrics_({.relayhosts = outbound::credential_names(config)}),
      resolver_(context_.get_executor(), dns_options(config), metrics_.dns) {}

std::string server_tools::begin(const config::config& config) {
    if (const auto wrong = tls_.load(config.tls_ca); !wrong.empty()) {
        return "KURIR_TLS_CA: " + wrong;
    }
    auto http = make_token_http(resolver_, config.tls_ca);
    if (!http) return http.error();
    http_ = std::make_unique<net::http_client>(std::move(*http));
    keeper_ = std::make_unique<oauth::token_keeper>(
        context_.get_executor(), *http_, oauth::refresh_store(config.queue_dir), metrics_.relayhosts
    );
    desk_ = std::make_unique<token_desk>(live_, *keeper_);
    logins_ = std::make_unique<outbound::logins>(live_, metrics_.relayhosts, desk_.get());
    return {};
}

base::result<std::unique_ptr<server_tools>, std::string> server_tools::make(
    const config::config& config
) {
    std::unique_ptr<server_tools> made(new server_tools(config));
    if (auto wrong = made->begin(config); !wrong.empty()) {
        return {boost::system::in_place_error, std::move(wrong)};
    }
    return {boost::system::in_place_value, std::move(made)};
}

boost::asio::awaitable<void> server_tools::stop_after(boost::asio::awaitable<void> task) {
    co_await std::move(task);
    keeper_->stop();
    resolver_.shutdown();
}

void server_tools::run(boost::asio::awaitable<void> task) {
    net::task_group running(context_.get_executor(), [](const std::exception_ptr&) {});
    running.spawn(stop_after(std::move(task)));
    context_.run();
}

}  // namespace kurir::app
