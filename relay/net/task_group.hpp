// Child coroutines that cannot outlive their owner.
//
// A group starts coroutines, can ask all of them to stop, and can wait for the last one. Whoever
// owns a group must `co_await join()` before it is destroyed; the destructor checks this. A child
// may therefore hold references to anything that outlives the group.
//
// Stopping is a request: what a child awaits ends with `operation_aborted`, and the child returns.
// It is passed on to the groups which that child waits for. It comes once: if what a child awaits
// is over at that moment, it ends as if nothing had been asked. So a child that waits again and
// again asks `was_cancelled` in between.
//
// Not thread-safe: the group and its children live on one single-threaded executor.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstddef>
#include <exception>
#include <functional>
#include <list>

namespace kurir::net {

// True in a child, and in what it awaits, when its group has asked it to stop.
boost::asio::awaitable<bool> was_cancelled();

class task_group {
public:
    // Receives what a child let escape. Cancellation is not a failure and is not reported.
    using failure_handler = std::function<void(std::exception_ptr)>;

    task_group(boost::asio::any_io_executor executor, failure_handler on_failure);
    task_group(const task_group&) = delete;
    task_group& operator=(const task_group&) = delete;
    ~task_group();

    // Starts `task`, which may run, and even end, before this returns. After `stop()` it is
    // destroyed unstarted.
    void spawn(boost::asio::awaitable<void> task);

    // Cancels every child. They are still running when this returns: see `join()`.
    void stop();

    // Completes when no child is left. A caller that is itself cancelled meanwhile stops the
    // children and still waits for them.
    boost::asio::awaitable<void> join();

    std::size_t size() const noexcept { return children_.size(); }

private:
    using child = std::list<boost::asio::cancellation_signal>::iterator;

    void finish(child which, std::exception_ptr failure);

    boost::asio::any_io_executor executor_;
    failure_handler on_failure_;
    boost::asio::steady_timer empty_;  // never expires; cancelled when the last child ends
    std::list<boost::asio::cancellation_signal> children_;
    bool stopping_ = false;
};

}  // namespace kurir::net
