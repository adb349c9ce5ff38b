// Tells the other nodes of a shared queue what clients have sent here, and hears what they have
// sent there, so that limits of clients hold over all nodes.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "metrics/store.hpp"
#include "queue/shared_store.hpp"
#include "relay/inbound/submission_limits.hpp"
#include "relay/quota/ledger.hpp"

namespace kurir::app {

// Every two seconds, until it is cancelled. Without the database what was heard last counts on, and
// no more is used of what was left then than this node's part. All references must outlive it.
boost::asio::awaitable<void> exchange_counts(
    boost::asio::any_io_executor loop,
    queue::shared_store& nodes,
    quota::ledger& counts,
    inbound::submission_limits& rates,
    metrics::store& metrics
);

}  // namespace kurir::app
