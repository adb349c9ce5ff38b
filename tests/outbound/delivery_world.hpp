// All that a test of delivery needs: servers on loopback, a shelf of messages, settings, names.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>

#include <chrono>
#include <deque>
#include <list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "dns/error.hpp"
#include "dns/resolver.hpp"
#include "metrics/metrics.hpp"
#include "relay/facts/metrics_observer.hpp"
#include "relay/outbound/connection_setup.hpp"
#include "relay/outbound/job_source.hpp"
#include "relay/storage/home.hpp"
#include "tests/outbound/scripted_server.hpp"
#include "tests/outbound/shelf.hpp"
#include "tests/support/catch.hpp"

namespace tests {

using namespace std::chrono_literals;

// Every name leads to loopback; every domain has the same exchange. Or no name is known.
class loopback_names final : public kurir::dns::resolver {
public:
    template <class T>
    using answer = asio::awaitable<kurir::dns::result<T>>;

    std::optional<kurir::dns::errc> error;

    answer<kurir::dns::mail_exchange> exchange(std::string) override {
        if (error) co_return *error;
        std::vector<kurir::dns::mx_host> hosts{{"mx.test", 10}};
        co_return kurir::dns::mail_exchange{std::move(hosts), false};
    }
    answer<std::vector<asio::ip::address>> addresses(std::string) override {
        co_return std::vector<asio::ip::address>{asio::ip::address_v4::loopback()};
    }
};

inline kurir::config::config delivery_settings(std::uint16_t remote_port = 25) {
    kurir::config::config made;
    made.hostname = "relay.test";
    made.remote_port = remote_port;
    made.delivery_workers = 20;
    made.destination_concurrency = 4;
    made.transaction_recipients = 100;
    made.connection_messages = 100;
    made.connection_idle = 5s;
    made.retry_min = 10min;
    made.retry_max = 2h;
    made.max_queue_time = 24h;
    made.bounce_full_size = 50'000;
    made.remote_connect_timeout = made.remote_greeting_timeout = made.remote_command_timeout = 1min;
    made.remote_data_timeout = made.remote_block_timeout = made.remote_final_timeout = 1min;
    made.remote_quit_timeout = 1min;
    return made;
}

struct delivery_world {
    delivery_world() = default;
    explicit delivery_world(kurir::config::config settings) : config(std::move(settings)) {}
    delivery_world(const delivery_world&) = delete;
    delivery_world& operator=(const delivery_world&) = delete;

    scripted_server& serve(scripted_server::script replies = {}) {
        return servers.emplace_back(context, std::move(replies));
    }

    // Runs `body`, then stops the servers.
    template <class Body>
    void run(Body body) {
        std::exception_ptr failure;
        bool ended = false;
        asio::co_spawn(context, body, [&](std::exception_ptr escaped) {
            failure = escaped;
            ended = true;
            for (auto& each : servers)
                each.stop();
        });
        context.run_for(60s);
        if (failure) std::rethrow_exception(failure);
        REQUIRE(ended);
    }

    asio::io_context context{1};
    kurir::config::live_config config{delivery_settings()};
    kurir::metrics::all metrics;
    kurir::facts::metrics_observer counting{metrics.inbound, metrics.outbound, metrics.queue};
    kurir::facts::observers observers{&counting};
    shelf store;
    kurir::outbound::shared_habits habits;
    kurir::outbound::shared_standing standing;
    kurir::outbound::remote_tls tls;
    kurir::outbound::shared_reachability reach{[](bool, kurir::outbound::reachability::news) {}};
    kurir::outbound::shared_suspensions suspensions;
    kurir::storage::home home{context.get_executor()};
    kurir::outbound::connection_setup setup{
        .config = config,
        .books = {store, metrics.outbound, metrics.queue, observers},
        .servers = habits,
        .standing = standing,
        .reach = reach,
        .tls = tls,
        .suspensions = suspensions,
    };
    std::list<scripted_server> servers;
    loopback_names names;
};

// Lets everything that can go on do so.
inline asio::awaitable<void> settle_down() {
    const auto executor = co_await asio::this_coro::executor;
    for (int i = 0; i < 200; ++i)
        co_await asio::post(executor, asio::use_awaitable);
}

// A route to these servers, in this order. It is a relayhost's, which may be anywhere.
inline std::shared_ptr<const kurir::outbound::route> route_to(
    const std::vector<std::uint16_t>& ports
) {
    auto made = std::make_shared<kurir::outbound::route>();
    made->key.site = "remote.test";
    made->relayhost = true;
    for (const auto port : ports) {
        const auto name = "mx" + std::to_string(made->targets.size() + 1) + ".test";
        made->targets.push_back({name, port, {asio::ip::address_v4::loopback()}});
    }
    return made;
}

}  // namespace tests
