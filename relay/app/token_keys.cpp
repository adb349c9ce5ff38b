#include "relay/app/token_keys.hpp"

#include <chrono>
#include <memory>
#include <utility>

#include "relay/app/named_file.hpp"
#include "relay/app/token_desk.hpp"
#include "relay/log/log.hpp"

namespace kurir::app {

namespace {

using namespace std::chrono_literals;

// A client may be waiting for the keys.
constexpr net::http_limits key_fetch_limits{
    .connecting = 5s,
    .whole = 10s,
    .body_max = tokens::key_set::text_max,
    .redirects_max = 3,
};

}  // namespace

base::result<inbound::shared_keys, std::string> read_token_keys(const config::config& config) {
    constexpr std::string_view setting = "KURIR_OAUTH_JWKS";
    const auto& wanted = config.client_tokens;
    if (!wanted.given() || fetches_keys(wanted)) return inbound::shared_keys();
    const auto file = read_named_file(wanted.keys);
    if (!file.wrong.empty()) return complaint(setting, wanted.keys, file.wrong);
    auto keys = tokens::key_set::parse(file.text);
    if (!keys) return complaint(setting, wanted.keys, keys.error());
    return std::make_shared<const tokens::key_set>(std::move(*keys));
}

bool token_keys::begin(
    boost::asio::any_io_executor executor, dns::resolver& resolver, roots_keeper& roots
) {
    const auto& wanted = config_.client_tokens;
    if (!wanted.given()) return true;
    if (!fetches_keys(wanted)) {
        auto keys = read_token_keys(config_);
        if (!keys) return account_.begun({keys.error()});
        give(std::move(*keys));
        return true;
    }
    auto http = make_token_http(resolver, config_.tls_ca, key_fetch_limits);
    if (!http) return account_.begun({"KURIR_TLS_CA: " + http.error()});
    roots.share_with(http_.emplace(std::move(*http)));
    keeper_.emplace(
        std::move(executor),
        *http_,
        wanted.keys,
        oauth::key_keeper::events{
            .fetched = [this](inbound::shared_keys keys) { give(std::move(keys)); },
            .failed =
                [this] {
                    using part = metrics::reload_part;
                    metrics_.runtime.reload_failures_total(part::token_keys).inc();
                    metrics_.runtime.reload_failing(part::token_keys).set(1);
                },
        }
    );
    server_.renew_keys_by([this] { return keeper_->renew(); });
    return true;
}

void token_keys::start() {
    if (keeper_) keeper_->start();
}

void token_keys::give(inbound::shared_keys keys) {
    metrics_.inbound.smtp_token_keys.set(static_cast<double>(keys->size()));
    if (keeper_) metrics_.runtime.reload_failing(metrics::reload_part::token_keys).set(0);
    server_.use(std::move(keys));
}

void token_keys::reload(reload_cause cause) {
    const auto& wanted = config_.client_tokens;
    if (keeper_ && cause == reload_cause::signal) keeper_->fetch_now();
    if (!wanted.given() || keeper_) return;
    auto keys = read_token_keys(config_);
    if (!keys) {
        account_.failed({std::move(keys).error()}, cause);
        return;
    }
    account_.succeeded();
    log::event(log::level::notice, "token_keys")
        .with("what", "loaded")
        .with("keys", (*keys)->size());
    give(std::move(*keys));
}

void token_keys::stop() {
    if (keeper_) keeper_->stop();
}

boost::asio::awaitable<void> token_keys::join() {
    if (keeper_) co_await keeper_->join();
}

}  // namespace kurir::app
