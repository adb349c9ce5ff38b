// Tries one host of a route by hand: connects, secures, logs in, perhaps sends one message, and
// says QUIT. Tells each step with its time.
//
// For the commands that try servers, and for the start of the relay; it shares the policy of
// deliveries, and nothing of what they have learnt. Belongs to the thread of the resolver.
#pragma once

#include <boost/asio/awaitable.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "dns/resolver.hpp"
#include "metrics/outbound.hpp"
#include "relay/config/live_config.hpp"
#include "relay/outbound/hosts.hpp"
#include "relay/outbound/logins.hpp"
#include "relay/outbound/remote_tls.hpp"
#include "relay/outbound/route.hpp"
#include "relay/outbound/smtp_client.hpp"

namespace kurir::outbound {

struct trial_step {
    std::string name;  // what was done: "connected"
    std::chrono::milliseconds took{};
    std::string detail;
};

struct trial_report {
    std::vector<trial_step> steps;  // that succeeded, in order
    std::string trouble = {};       // why there is no further one; empty: all went well
    std::string advice = {};
    std::optional<verdict> end = {};  // of the message, or of the session in which it was not sent
};

// All must outlive the trial.
struct trial_tools {
    const config::live_config& config;
    dns::resolver& resolver;
    kurir::outbound::logins& logins;
    remote_tls& tls;
    metrics::outbound& metrics;
};

// One recipient, seven bits a byte.
struct trial_message {
    smtp::mail_request mail;
    std::string text;
};

std::string list_of(const std::vector<boost::asio::ip::address>& addresses);

class session_trial {
public:
    // `route`: for its key and its names; its targets are of no matter.
    session_trial(const trial_tools& tools, route route);

    // The addresses of `host` one after the other, until one is connected to. `message` may be null
    // and must outlive the run. Once.
    boost::asio::awaitable<trial_report> run(target host, const trial_message* message = nullptr);

private:
    boost::asio::awaitable<bool> try_once(const trial_message* message);
    boost::asio::awaitable<bool> connect();
    boost::asio::awaitable<bool> open(relayhost_credential credential, bool detailed);
    boost::asio::awaitable<void> send(const trial_message& message);
    std::optional<verdict> refused_before_mail(const trial_message& message) const;
    void talked(const connection_login* login, bool detailed);
    void introduced(bool detailed);
    void failed_with(const verdict& trouble, bool detailed);
    std::string advice_on(const verdict& trouble) const;
    void failed(verdict why);
    void succeeded(std::string name, std::string detail);
    void add(std::string name, net::clock::duration took, std::string detail);
    net::clock::duration since_last();
    net::clock::duration took(stage at) const;

    const trial_tools tools_;
    const config::snapshot config_;
    const route route_;
    target host_;
    host_address connected_;
    bool in_clear_ = false;  // TLS has failed
    std::unique_ptr<smtp_client> client_;
    trial_report report_;
    net::clock::time_point last_ = net::clock::now();
    std::array<net::clock::duration, 10> took_{};  // by stage
};

}  // namespace kurir::outbound
