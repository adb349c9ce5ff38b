// The connections of one I/O thread: each takes jobs from the dispatcher until there is none.
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
#include "relay/outbound/destination.hpp"
#include "relay/outbound/route.hpp"
#include "relay/outbound/services.hpp"
#include "relay/storage/home.hpp"

namespace kurir::outbound {

class dispatcher;

class crew {
public:
    // `with` must outlive the crew.
    crew(boost::asio::any_io_executor executor, const services& with);

    // Starts a connection slot that works for `of` until the dispatcher ends it. Any thread.
    void start(dispatcher& of, connection_id who, std::shared_ptr<const route> where);

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
        dispatcher& of, connection_id who, std::shared_ptr<const route> where
    );

    storage::home home_;
    const services& with_;
    const std::shared_ptr<const void> held_ = std::make_shared<char>();
    net::task_group slots_;
    std::atomic<std::size_t> size_ = 0;
};

}  // namespace kurir::outbound
