// Hands the queue over to another relay (KURIR_HANDOVER): what is left when this one stops, and
// before that what an earlier process was handing over when it died.
//
// Each message is marked before it is handed over (handover_mark.hpp), and removed here once it is
// durable there. What is marked when the process begins is handed over again: the other relay knows
// by name what it has (relay/control/EXPORT.md). Lives on one executor; calls to the other relay
// block threads of their own, which exist only meanwhile.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <mutex>
#include <string>
#include <vector>

#include "metrics/operators.hpp"
#include "queue/store.hpp"
#include "relay/app/handover_batch.hpp"
#include "relay/config/live_config.hpp"
#include "relay/control/queue_view.hpp"
#include "relay/net/clock.hpp"
#include "relay/net/task_group.hpp"

namespace kurir::app {

class queue_handover {
public:
    // All must outlive it.
    queue_handover(
        boost::asio::any_io_executor executor,
        control::queue_view& view,
        queue::store& store,
        const config::live_config& config,
        metrics::operators& counts
    );

    // Begins to settle what is marked, in the background.
    void start();
    // Ends that, after the requests that are under way.
    boost::asio::awaitable<void> stop();

    // Hands over all that waits, as far as it goes until the deadline. Nothing may be tried
    // meanwhile. Nothing without KURIR_HANDOVER.
    boost::asio::awaitable<void> empty(net::clock::time_point deadline);

    // What is marked and can't be settled, for /readyz; empty: nothing. Any thread.
    std::string trouble() const;

private:
    boost::asio::awaitable<void> settle_marked();
    boost::asio::awaitable<std::vector<queue::message_id>> find(bool only_marked);
    boost::asio::awaitable<void> hand_over(
        const std::vector<queue::message_id>& ids, handover_account& account
    );
    boost::asio::awaitable<void> pause(std::chrono::milliseconds time);
    std::vector<std::unique_ptr<message_handover>> callers(const config::config& config) const;
    void tell_marked(std::size_t left, const std::string& why);
    bool is_over() const { return stopping_ || net::clock::now() >= deadline_; }

    boost::asio::any_io_executor executor_;
    control::queue_view& view_;
    queue::store& store_;
    const config::live_config& config_;
    metrics::operators& counts_;
    net::task_group tasks_;
    net::timer wake_;
    // Other threads read it, and are started after it was set.
    net::clock::time_point deadline_ = net::clock::time_point::max();
    std::atomic<bool> stopping_ = false;
    mutable std::mutex mutex_;
    std::string trouble_;  // under `mutex_`
};

}  // namespace kurir::app
