// The dispatcher with one crew, and servers on loopback.
#pragma once

#include "relay/outbound/dispatcher.hpp"
#include "tests/outbound/delivery_world.hpp"
#include "tests/support/route_rules.hpp"

namespace tests {

struct dispatcher_world : delivery_world {
    explicit dispatcher_world(scripted_server::script exchange_replies = {})
        : exchange(serve(std::move(exchange_replies))) {
        // The port of all MX hosts.
        auto settings = delivery_settings(exchange.port());
        config.set(std::make_shared<const kurir::config::config>(std::move(settings)));
    }

    // Starts the dispatcher. By default all mail goes by MX.
    void start(kurir::outbound::route_table table = kurir::outbound::route_table()) {
        routes.emplace(std::move(table));
        hosts.emplace(config, *routes, names, std::vector<tcp::endpoint>());
        subject.emplace(
            context.get_executor(),
            config,
            setup.books,
            *routes,
            *hosts,
            std::vector<kurir::outbound::crew*>{&connections}
        );
    }

    // Runs it until so many settlements are written.
    void run_until_settled(std::size_t count) {
        store.on_settled = [this, count] {
            if (store.settled.size() == count) subject->stop();
        };
        run_to_the_end();
    }

    void run_to_the_end() {
        run([this]() -> asio::awaitable<void> {
            co_await subject->run();
            co_await connections.join();
        });
    }

    // Beside the dispatcher.
    template <class Body>
    void meanwhile(Body body) {
        asio::co_spawn(context, std::move(body), [](std::exception_ptr failure) {
            if (failure) std::rethrow_exception(failure);
        });
    }

    scripted_server& exchange;
    std::optional<kurir::outbound::route_table> routes;
    std::optional<kurir::outbound::router> hosts;
    kurir::outbound::crew connections{context.get_executor(), setup};
    std::optional<kurir::outbound::dispatcher> subject;
};

}  // namespace tests
