// The connections of one I/O thread: each takes jobs from a source until there is none.
//
// A connection slot keeps one SMTP connection open from job to job. Within one attempt it tries
// every address of every host of the route, in order (C051), until a host gives a final
// answer for each recipient.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <atomic>
#include <cstddef>
#include <memory>

#include "relay/net/task_group.hpp"
#include "relay/outbound/connection_setup.hpp"
#include "relay/outbound/job_source.hpp"
#include "relay/outbound/route.hpp"
#include "relay/storage/home.hpp"

namespace kurir::outbound {

class crew {
public:
    // `setup` must outlive the crew.
    crew(boost::asio::any_io_executor executor, const connection_setup& setup);

    // Starts a connection slot that works for `jobs` until it gets none. Any thread.
    void start(job_source& jobs, connection_id id, std::shared_ptr<const route> hosts);

    // Number of working slots. Any thread.
    std::size_t size() const noexcept { return size_.load(std::memory_order_relaxed); }

    // True while a slot sends a message, or while the end of an attempt is being written. A
    // shutdown waits for this. Any thread.
    bool at_stake() const noexcept { return held_.use_count() > 1; }

    // On the crew's executor: aborts what is in progress; its mail stays in the queue.
    void stop();
    boost::asio::awaitable<void> join();

    const boost::asio::any_io_executor& executor() const noexcept { return home_.executor(); }

private:
    boost::asio::awaitable<void> run(
        job_source& jobs, connection_id id, std::shared_ptr<const route> hosts
    );

    storage::home home_;
    const connection_setup& setup_;
    const std::shared_ptr<const void> held_ = std::make_shared<char>();
    net::task_group slots_;
    std::atomic<std::size_t> size_ = 0;
};

}  // namespace kurir::outbound
