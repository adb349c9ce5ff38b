// One listening address: accepts connections and hands each to the I/O thread that has the fewest,
// in turn where several have. Threads that got them in turn only, however many they had, would not
// be equally busy for long: the connections of one that is a little slower pile up.
//
// No error ends the loop: errors of `accept` are counted, and the loop waits before it continues,
// also when descriptors run short. Lives on the thread of its executor.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstddef>
#include <memory>
#include <vector>

#include "metrics/inbound.hpp"
#include "relay/config/config.hpp"
#include "relay/inbound/admission.hpp"
#include "relay/inbound/gateway_watch.hpp"
#include "relay/inbound/listener_security.hpp"
#include "relay/inbound/reception.hpp"
#include "relay/net/clock.hpp"
#include "relay/net/error.hpp"

namespace kurir::inbound {

class listener {
public:
    // `receptions`, `admission`, `gateways` and `settings`, which all listeners share, must outlive
    // the listener, and so must `security`, its own.
    listener(
        boost::asio::any_io_executor executor,
        const std::vector<std::unique_ptr<reception>>& receptions,
        admission& admission,
        gateway_watch& gateways,
        const live_session_settings& settings,
        const listener_security& security,
        metrics::inbound& metrics
    );

    // Binds `address`, whose profile its sessions get. The default address falls back to IPv4 if
    // there is no IPv6 (decision 19). Returns the bound address, with the port that the system
    // chose for port 0.
    net::result<boost::asio::ip::tcp::endpoint> open(const config::listen_address& address);

    // Accepts until `close`.
    boost::asio::awaitable<void> run();

    void close();

private:
    reception& least_busy();
    void look_at(const boost::asio::ip::tcp::socket& arrived);
    boost::system::error_code bind(const config::listen_address& address);

    const std::vector<std::unique_ptr<reception>>& receptions_;
    admission& admission_;
    gateway_watch& gateways_;
    const live_session_settings& settings_;
    const listener_security& security_;
    metrics::inbound& metrics_;
    boost::asio::ip::tcp::acceptor acceptor_;
    net::timer pause_;
    std::size_t turn_ = 0;
    config::listener_profile profile_;
};

}  // namespace kurir::inbound
