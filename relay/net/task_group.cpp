#include "relay/net/task_group.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <cassert>
#include <utility>

namespace kurir::net {

namespace asio = boost::asio;

namespace {

bool is_cancellation(std::exception_ptr failure) {
    try {
        std::rethrow_exception(failure);
    } catch (const boost::system::system_error& error) {
        return error.code() == asio::error::operation_aborted;
    } catch (...) {
        return false;
    }
}

// Lets cancellation reach a child as the result of what it awaits, never as an exception, so that
// the child can still wait for what it started itself.
asio::awaitable<void> without_cancellation_exceptions(asio::awaitable<void> task) {
    co_await asio::this_coro::throw_if_cancelled(false);
    co_await std::move(task);
}

}  // namespace

asio::awaitable<bool> was_cancelled() {
    const auto state = co_await asio::this_coro::cancellation_state;
    co_return state.cancelled() != asio::cancellation_type::none;
}

task_group::task_group(asio::any_io_executor executor, failure_handler on_failure)
    : executor_(executor), on_failure_(std::move(on_failure)), empty_(executor) {
    empty_.expires_at(asio::steady_timer::time_point::max());
}

task_group::~task_group() {
    assert(children_.empty());
}

void task_group::spawn(asio::awaitable<void> task) {
    if (stopping_) return;

    const child added = children_.emplace(children_.end());
    auto finished = [this, added](std::exception_ptr failure) { finish(added, failure); };
    asio::co_spawn(
        executor_,
        without_cancellation_exceptions(std::move(task)),
        asio::bind_cancellation_slot(added->slot(), std::move(finished))
    );
}

void task_group::stop() {
    stopping_ = true;
    // A child may end inside emit() and take its list node along, so step past it first.
    for (auto next = children_.begin(); next != children_.end();) {
        (next++)->emit(asio::cancellation_type::terminal);
    }
}

asio::awaitable<void> task_group::join() {
    while (!children_.empty()) {
        // The waiting coroutine may be cancelled too. Pass that on, and continue waiting.
        const bool cancelled = co_await was_cancelled();
        if (cancelled) stop();
        co_await empty_.async_wait(asio::as_tuple(asio::use_awaitable));
    }
}

void task_group::finish(child ended, std::exception_ptr failure) {
    children_.erase(ended);
    if (failure && !is_cancellation(failure)) on_failure_(failure);
    if (children_.empty()) empty_.cancel();
}

}  // namespace kurir::net
