#include "relay/inbound/server.hpp"

#include <boost/asio/post.hpp>
#include <sys/resource.h>

#include <cassert>
#include <list>
#include <utility>

#include "relay/inbound/admission.hpp"
#include "relay/inbound/gateway_watch.hpp"
#include "relay/inbound/listener.hpp"
#include "relay/inbound/listener_security.hpp"
#include "relay/inbound/login_desk.hpp"
#include "relay/inbound/quiet_log.hpp"
#include "relay/inbound/reception.hpp"
#include "relay/inbound/session.hpp"
#include "relay/inbound/submission_limits.hpp"
#include "relay/log/log.hpp"
#include "relay/net/ask.hpp"
#include "relay/net/task_group.hpp"

namespace kurir::inbound {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

// The process has raised its limit already.
std::uint64_t descriptors_max() noexcept {
    ::rlimit limit{};
    return ::getrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : 0;
}

// One thread's share of a limit for all threads; 0 stays 0.
std::size_t share_of(std::size_t limit, std::size_t threads) noexcept {
    return (limit + threads - 1) / threads;
}

std::unique_ptr<login_desk> desk_for(const config::live_config& config) {
    return config::has_logins(*config.get()) ? std::make_unique<login_desk>(config) : nullptr;
}

}  // namespace

class server::parts {
public:
    parts(
        const config::live_config& config,
        queue::store& store,
        metrics::inbound& metrics,
        const facts::observers& observers,
        const std::vector<asio::any_io_executor>& executors,
        std::size_t large_messages,
        signing::signing_desk* signing
    )
        : first_config(config.get()),
          limits(first_config->client_rate, first_config->sender_rate),
          desk(desk_for(config)),
          around{
              .limits = limits,
              .counts = counts,
              .suppressions = suppressions,
              .desk = desk.get(),
              .signing = signing,
              .quiet = quiet,
              .quiet_handshakes = quiet_handshakes,
              .store = store,
              .metrics = metrics,
              .observers = observers,
              .started = net::clock::now(),
          },
          settings(config),
          security(first_config->listen.size()),
          gateways(default_gateways()),
          admission(
              first_config->max_sessions,
              first_config->max_sessions_per_client,
              strangers_share(first_config->max_sessions, descriptors_max())
          ),
          accepting(executors.front(), [](std::exception_ptr failure) {
              // An accept loop can fail only for lack of memory.
              std::rethrow_exception(failure);
          }) {
        for (const auto& executor : executors) {
            receptions.push_back(std::make_unique<reception>(
                around, settings, admission, executor, share_of(large_messages, executors.size())
            ));
        }
        metrics.smtp_sessions_limit.set(static_cast<double>(first_config->max_sessions));
    }

    const config::snapshot first_config;  // for what a reload does not change
    submission_limits limits;
    quota::ledger counts;
    suppression::shared_list suppressions;
    quiet_log quiet;
    quiet_log quiet_handshakes;
    const std::unique_ptr<login_desk> desk;
    const session_surroundings around;
    const live_session_settings settings;
    std::vector<listener_security> security;  // of the listeners in their order
    gateway_watch gateways;
    inbound::admission admission;
    std::vector<std::unique_ptr<reception>> receptions;
    std::list<listener> listeners;
    net::task_group accepting;
};

server::server(
    const config::live_config& config,
    queue::store& store,
    metrics::inbound& metrics,
    const facts::observers& observers,
    std::vector<asio::any_io_executor> executors,
    std::size_t large_messages,
    signing::signing_desk* signing
) {
    assert(!executors.empty());
    parts_ = std::make_unique<parts>(
        config, store, metrics, observers, executors, large_messages, signing
    );
}

server::~server() = default;

std::string server::use(
    const net::server_certificates& certificates, const std::string& client_ca
) {
    const auto& config = *parts_->first_config;
    std::vector<tls_snapshot> contexts(config.listen.size());
    for (std::size_t at = 0; at < contexts.size(); ++at) {
        if (config.listen[at].profile.used_tls() == config::listener_tls::off) continue;
        auto context = parts_->security[at].prepare(config, at, certificates, client_ca);
        if (!context) return context.error();
        contexts[at] = std::move(*context);
    }
    for (std::size_t at = 0; at < contexts.size(); ++at)
        parts_->security[at].set(std::move(contexts[at]));
    return {};
}

void server::use(shared_keys keys) {
    parts_->desk->tokens->use(std::move(keys));
}

void server::renew_keys_by(key_renewal renewal) {
    parts_->desk->tokens->renew_by(std::move(renewal));
}

net::result<std::vector<tcp::endpoint>> server::listen() {
    const auto& first = parts_->receptions.front()->executor();
    std::vector<tcp::endpoint> all;
    for (const auto& address : parts_->first_config->listen) {
        const auto& security = parts_->security[parts_->listeners.size()];
        auto& added = parts_->listeners.emplace_back(
            first,
            parts_->receptions,
            parts_->admission,
            parts_->gateways,
            parts_->settings,
            security,
            parts_->around.metrics
        );
        const auto bound = added.open(address);
        if (!bound) {
            log::event line(log::level::error, "lifecycle");
            line.with("what", "listen_failed")
                .with("address", address.endpoint.address().to_string())
                .with("port", address.endpoint.port())
                .with("setting", "KURIR_LISTEN")
                .with("error", bound.error().message());
            if (bound.error() == boost::asio::error::access_denied) {
                line.with("advice", "ports below 1024 need root or CAP_NET_BIND_SERVICE");
            }
            parts_->listeners.clear();
            return bound.error();
        }
        all.push_back(*bound);
    }
    for (auto& listener : parts_->listeners)
        parts_->accepting.spawn(listener.run());
    for (const auto& bound : all) {
        log::event(log::level::notice, "lifecycle")
            .with("what", "listening")
            .with("address", bound.address().to_string())
            .with("port", bound.port());
    }
    return all;
}

void server::stop_accepting() {
    for (auto& listener : parts_->listeners)
        listener.close();
}

asio::awaitable<void> server::drain(net::clock::time_point deadline) {
    stop_accepting();
    if (parts_->desk) parts_->desk->verifier.stop();
    co_await parts_->accepting.join();
    for (auto& each : parts_->receptions) {
        asio::post(each->executor(), [&each, deadline] { each->drain(deadline); });
    }
    for (auto& each : parts_->receptions) {
        auto when_empty = [&each](net::answer_function<bool> answer) {
            each->when_empty(std::move(answer));
        };
        co_await net::ask<bool>(each->executor(), std::move(when_empty));
    }
    quiet_log::write(parts_->quiet.rest());
    quiet_log::write_handshakes(parts_->quiet_handshakes.rest());
}

quota::ledger& server::counts() noexcept {
    return parts_->counts;
}

submission_limits& server::rates() noexcept {
    return parts_->limits;
}

suppression::shared_list& server::suppressions() noexcept {
    return parts_->suppressions;
}

std::optional<boost::asio::ip::address> server::trusted_gateway() const {
    const auto gateway = parts_->gateways.only_client();
    if (!gateway) return std::nullopt;
    const auto settings = parts_->settings.get();
    return settings->config->trusted_networks.contains(*gateway) ? gateway : std::nullopt;
}

std::size_t server::sessions() const {
    return parts_->admission.sessions();
}

}  // namespace kurir::inbound
