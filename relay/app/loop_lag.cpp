#include "relay/app/loop_lag.hpp"

#include <chrono>

#include "relay/net/clock.hpp"
#include "relay/net/error.hpp"
#include "relay/net/task_group.hpp"

namespace kurir::app {

boost::asio::awaitable<void> measure_lag(
    boost::asio::any_io_executor loop, metrics::runtime& metrics
) {
    net::timer tick(loop);
    for (;;) {
        tick.expires_after(std::chrono::seconds(1));
        const auto [ec] = co_await tick.async_wait(net::as_result);
        const bool stopping = co_await net::was_cancelled();
        if (ec || stopping) co_return;
        const std::chrono::duration<double> late = net::clock::now() - tick.expiry();
        metrics.event_loop_lag_seconds.observe(late.count());
    }
}

}  // namespace kurir::app
