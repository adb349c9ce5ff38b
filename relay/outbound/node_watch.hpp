// Follows who shares the queue, and with it this node's part of limits that hold over all nodes.
//
// While the database can't be reached the last part stays: nobody knows better. Others take it over
// when they have not heard of this node for `queue::silence_max`.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <functional>

#include "metrics/store.hpp"
#include "queue/node_share.hpp"
#include "queue/shared_store.hpp"

namespace kurir::outbound {

// Calls `changed` with the first share and with each that differs from the one before, on `loop`.
// Runs until it is cancelled. `nodes` and `counts` must outlive it.
boost::asio::awaitable<void> watch_nodes(
    boost::asio::any_io_executor loop,
    queue::shared_store& nodes,
    metrics::store& counts,
    std::function<void(const queue::node_share&)> changed
);

}  // namespace kurir::outbound
