// Keeps the process within its memory: refuses mail before a limit strikes, and gives back what is
// not needed any more.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "metrics/store.hpp"
#include "queue/store.hpp"

namespace kurir::app {

// While memory is tight `store` takes no new mail. Until it is cancelled: a limit may be set later.
// Runs on `loop`.
boost::asio::awaitable<void> watch_memory(
    boost::asio::any_io_executor loop, queue::owned_store& store, metrics::store& metrics
);

// Whenever the thread of `loop` has had little to do for a few seconds, gives its memory back,
// until it is cancelled. Runs on `loop`.
boost::asio::awaitable<void> give_back_when_calm(boost::asio::any_io_executor loop);

}  // namespace kurir::app
