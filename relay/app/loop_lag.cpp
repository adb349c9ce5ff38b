#include "relay/app/loop_lag.hpp"

#include <chrono>

#include "relay/net/clock.hpp"
#include "relay/net/pause.hpp"

namespace kurir::app {

boost::asio::awaitable<void> measure_lag(
    boost::asio::any_io_executor loop, metrics::runtime& metrics
) {
    net::timer tick(loop);
    while (co_await net::pause_for(tick, std::chrono::seconds(1))) {
        const std::chrono::duration<double> late = net::clock::now() - tick.expiry();
        metrics.event_loop_lag_seconds.observe(late.count());
    }
}

}  // namespace kurir::app
