// Measures how late an event loop runs its timers. Code that blocks a loop shows here first.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "metrics/runtime.hpp"

namespace kurir::app {

// Observes kurir_event_loop_lag_seconds once a second, until it is cancelled. Runs on `loop`.
boost::asio::awaitable<void> measure_lag(
    boost::asio::any_io_executor loop, metrics::runtime& metrics
);

}  // namespace kurir::app
