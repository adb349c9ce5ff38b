// Keeps the process within its memory: refuses mail before a limit is reached, and frees memory
// that is not needed any more.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "metrics/store.hpp"
#include "queue/store.hpp"

namespace kurir::app {

// Makes `store` refuse new mail while memory is tight. Runs on `loop` until it is cancelled,
// because a limit may be set later.
boost::asio::awaitable<void> watch_memory(
    boost::asio::any_io_executor loop, queue::owned_store& store, metrics::store& metrics
);

// Whenever the thread of `loop` has had little to do for a few seconds, gives its memory back,
// until it is cancelled. Runs on `loop`.
boost::asio::awaitable<void> give_back_when_calm(boost::asio::any_io_executor loop);

}  // namespace kurir::app
