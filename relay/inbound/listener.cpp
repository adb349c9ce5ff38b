#include "relay/inbound/listener.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/post.hpp>

#include <cerrno>
#include <chrono>
#include <utility>

#include "relay/inbound/fewest.hpp"
#include "relay/log/log.hpp"
#include "relay/net/stream.hpp"

namespace kurir::inbound {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using namespace std::chrono_literals;

namespace {

constexpr auto error_pause = 100ms;

// The number of strangers that are asked to leave each time that descriptors run short.
constexpr std::size_t dismissed_at_once = 16;

metrics::accept_error_cause cause_of(error_code ec) noexcept {
    switch (ec.value()) {
        case EMFILE:
        case ENFILE:
            return metrics::accept_error_cause::descriptors;
        case ENOBUFS:
        case ENOMEM:
            return metrics::accept_error_cause::memory;
        case ECONNABORTED:
            return metrics::accept_error_cause::aborted;
        default:
            return metrics::accept_error_cause::other;
    }
}

}  // namespace

listener::listener(
    asio::any_io_executor executor,
    const std::vector<std::unique_ptr<reception>>& receptions,
    admission& admission,
    gateway_watch& gateways,
    const live_session_settings& settings,
    const listener_security& security,
    metrics::inbound& metrics
)
    : receptions_(receptions),
      admission_(admission),
      gateways_(gateways),
      settings_(settings),
      security_(security),
      metrics_(metrics),
      acceptor_(executor),
      pause_(executor) {}

net::result<tcp::endpoint> listener::open(const config::listen_address& address) {
    profile_ = address.profile;
    error_code ec = bind(address);
    if (ec && address.any_family && address.endpoint.address().is_v6()) {
        log::event(log::level::warning, "lifecycle")
            .with("what", "no_ipv6")
            .with("error", ec.message());
        config::listen_address instead;
        instead.endpoint = tcp::endpoint(asio::ip::address_v4::any(), address.endpoint.port());
        ec = bind(instead);
    }
    if (ec) return ec;
    const auto bound = acceptor_.local_endpoint(ec);
    if (ec) return ec;
    return bound;
}

error_code listener::bind(const config::listen_address& address) {
    error_code ec;
    error_code ignored;
    acceptor_.close(ignored);
    acceptor_.open(address.endpoint.protocol(), ec);
    if (ec) return ec;
    acceptor_.set_option(tcp::acceptor::reuse_address(true), ec);
    if (ec) return ec;
    if (address.endpoint.address().is_v6()) {
        acceptor_.set_option(asio::ip::v6_only(!address.dual_stack), ec);
        if (ec) return ec;
    }
    acceptor_.bind(address.endpoint, ec);
    if (ec) return ec;
    acceptor_.listen(asio::socket_base::max_listen_connections, ec);
    return ec;
}

reception& listener::least_busy() {
    const auto taken = [this](std::size_t place) { return receptions_[place]->seats_taken(); };
    const auto best = fewest(receptions_.size(), turn_, taken);
    turn_ = best + 1;
    return *receptions_[best];
}

asio::awaitable<void> listener::run() {
    while (acceptor_.is_open()) {
        reception& next = least_busy();
        auto accepted = co_await acceptor_.async_accept(next.executor(), net::as_result);
        auto& [ec, socket] = accepted;
        if (!acceptor_.is_open()) co_return;
        if (!ec) {
            if (gateways_.watching()) look_at(socket);
            auto admit = [&next,
                          profile = profile_,
                          tls = security_.get(),
                          held = next.take_seat(),
                          arrived = std::move(socket)]() mutable {
                next.admit(std::move(arrived), std::move(held), profile, std::move(tls));
            };
            asio::post(next.executor(), std::move(admit));
            continue;
        }
        if (ec == asio::error::operation_aborted) co_return;
        const auto cause = cause_of(ec);
        metrics_.smtp_accept_errors_total(cause).inc();
        if (cause == metrics::accept_error_cause::descriptors) {
            admission_.make_room(dismissed_at_once);
        }
        pause_.expires_after(error_pause);
        std::ignore = co_await pause_.async_wait(net::as_result);  // `close` wakes it
    }
}

void listener::look_at(const tcp::socket& arrived) {
    error_code gone;
    const auto remote = arrived.remote_endpoint(gone);
    if (gone) return;
    const auto client = net::unmapped(remote.address());
    if (profile_.proxies.contains(client)) return;  // it is no client
    if (!gateways_.must_warn(client, net::clock::now())) return;
    if (!settings_.get()->config->trusted_networks.contains(client)) return;
    log::event(log::level::warning, "gateway")
        .with("client_ip", client.to_string())
        .with("sessions", gateways_.sessions())
        .with(
            "advice",
            "Every client seems to be the network's gateway, which is trusted. If a port is "
            "published, anybody who reaches it may relay: publish it on 127.0.0.1 only"
        );
}

void listener::close() {
    error_code ignored;
    acceptor_.close(ignored);
    pause_.cancel();
}

}  // namespace kurir::inbound
