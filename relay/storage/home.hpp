// The context of the I/O thread on which the completions of store calls run.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "queue/store.hpp"

namespace kurir::storage {

// A completion queue on an Asio executor: one post for each batch. Thread-safe.
class home final : public queue::completion_queue {
public:
    explicit home(boost::asio::any_io_executor executor) : executor_(std::move(executor)) {}

    void post(std::vector<std::function<void()>> completions) override;
    const boost::asio::any_io_executor& executor() const noexcept { return executor_; }

private:
    boost::asio::any_io_executor executor_;
};

// Awaits a call that reports by callback: `initiate` gets the callback and starts the call. The
// callback runs exactly once, on the thread of the waiting coroutine. Can't be cancelled.
//
//   auto stored = co_await storage::completed<void>([&](auto done) { store.commit(message, home,
//   done);
//   });
template <class T, class Initiate>
boost::asio::awaitable<queue::result<T>> completed(Initiate initiate) {
    auto start = [&initiate](auto handler) {
        auto shared = std::make_shared<decltype(handler)>(std::move(handler));
        initiate(queue::completion<T>([shared](queue::result<T> outcome) {
            auto resume = std::move(*shared);
            std::move(resume)(std::move(outcome));
        }));
    };
    co_return co_await boost::asio::
        async_initiate<const boost::asio::use_awaitable_t<>, void(queue::result<T>)>(
            std::move(start), boost::asio::use_awaitable
        );
}

}  // namespace kurir::storage
