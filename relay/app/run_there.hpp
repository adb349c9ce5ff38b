// Runs a coroutine in the task group of another thread, and waits for its end on the caller's
// thread.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <utility>

#include "relay/net/ask.hpp"
#include "relay/net/task_group.hpp"

namespace kurir::app {

// A task group with the executor that it lives on.
struct task_home {
    explicit task_home(boost::asio::any_io_executor on, net::task_group::failure_handler on_failure)
        : executor(on), group(std::move(on), std::move(on_failure)) {}
    boost::asio::any_io_executor executor;
    net::task_group group;
};

template <class Task>
boost::asio::awaitable<void> run_and_answer(Task task, net::answer_function<bool> answer) {
    co_await task();
    answer(true);
}

// `task` is a function that returns an awaitable; everything it refers to must outlive the call. It
// must not throw, because then the caller would never resume.
template <class Task>
boost::asio::awaitable<void> run_there(task_home& there, Task task) {
    std::ignore = co_await net::ask<bool>(
        there.executor,
        [&there, task = std::move(task)](net::answer_function<bool> answer) mutable {
            there.group.spawn(run_and_answer(std::move(task), std::move(answer)));
        }
    );
}

}  // namespace kurir::app
