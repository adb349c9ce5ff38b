#include "relay/app/loop_lag.hpp"

#include <chrono>

#include "relay/net/clock.hpp"
#include "relay/net/error.hpp"

namespace kurir::app {

boost::asio::awaitable<void> measure_lag(
    boost::asio::any_io_executor loop, metrics::runtime& metrics
) {
    net::timer tick(loop);
    for (;;) {
        tick.expires_after(std::chrono::seconds(1));
        const auto [ec] = co_await tick.async_wait(net::as_result);
        if (ec) co_return;
        const std::chrono::duration<double> late = net::clock::now() - tick.expiry();
        metrics.event_loop_lag_seconds.observe(late.count());
    }
}

}  // namespace kurir::app
