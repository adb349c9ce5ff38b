// Child coroutines that cannot outlive their owner.
//
// A group starts coroutines, can ask all of them to stop, and can wait for the last one. The owner
// must `co_await join()` before the group is destroyed; the destructor checks this. So a child may
// hold references to anything that outlives the group.
//
// Stopping is a request: the operation that a child awaits ends with `operation_aborted`, and the
// child returns. The request also reaches the groups that the child waits for. It is made once: if
// the awaited operation has just completed, the child sees no error. So a child that awaits in a
// loop checks `was_cancelled` in between.
//
// Not thread-safe: the group and its children belong to one single-threaded executor.
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

// True in a child, and in every coroutine it awaits, after its group has asked it to stop.
boost::asio::awaitable<bool> was_cancelled();

class task_group {
public:
    // Receives an exception that left a child. Cancellation is not a failure and is not reported.
    using failure_handler = std::function<void(std::exception_ptr)>;

    task_group(boost::asio::any_io_executor executor, failure_handler on_failure);
    task_group(const task_group&) = delete;
    task_group& operator=(const task_group&) = delete;
    ~task_group();

    // Starts `task`, which may run, and even end, before this returns. After `stop()` the task is
    // destroyed without being started.
    void spawn(boost::asio::awaitable<void> task);

    // Cancels every child. The children still run when this returns: see `join()`.
    void stop();

    // Completes when no child is left. If the caller is cancelled while it waits, this stops the
    // children and still waits for them.
    boost::asio::awaitable<void> join();

    std::size_t size() const noexcept { return children_.size(); }

private:
    using child = std::list<boost::asio::cancellation_signal>::iterator;

    void finish(child ended, std::exception_ptr failure);

    boost::asio::any_io_executor executor_;
    failure_handler on_failure_;
    boost::asio::steady_timer empty_;  // never expires; cancelled when the last child ends
    std::list<boost::asio::cancellation_signal> children_;
    bool stopping_ = false;
};

}  // namespace kurir::net
