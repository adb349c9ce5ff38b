// Threads for checks that take long, so that the I/O threads are free meanwhile; less urgent ones.
// At most `waiting_max` checks wait or run at a time. Thread-safe.
//
//   const auto found = co_await pool.run<bool>([=] { return ...; });
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>

#include <atomic>
#include <cstddef>
#include <functional>
#include <optional>
#include <utility>

#include "relay/net/ask.hpp"

namespace kurir::users {

class check_pool {
public:
    check_pool(std::size_t threads, std::size_t waiting_max)
        : waiting_max_(waiting_max), threads_(threads) {}

    // Waits for the checks that run; those that wait are not made.
    ~check_pool() {
        stopping_ = true;
        threads_.join();
    }

    check_pool(const check_pool&) = delete;
    check_pool& operator=(const check_pool&) = delete;

    // The program ends: no more checks are made.
    void stop() noexcept { stopping_ = true; }

    // Resumes on the caller's executor with what the check found. Nothing: it was not made. Can't
    // be cancelled; `check` must not throw.
    template <class Found>
    boost::asio::awaitable<std::optional<Found>> run(std::function<Found()> check) {
        using answer_type = net::answer_function<std::optional<Found>>;
        if (in_progress_.fetch_add(1) >= waiting_max_) {
            --in_progress_;
            co_return std::nullopt;
        }
        auto question = [this, check = std::move(check)](answer_type answer) {
            std::optional<Found> found;
            give_way();
            if (!stopping_) found = check();
            --in_progress_;
            answer(std::move(found));
        };
        co_return co_await net::ask<std::optional<Found>>(
            threads_.get_executor(), std::move(question)
        );
    }

private:
    static void give_way();

    const std::size_t waiting_max_;
    std::atomic<std::size_t> in_progress_ = 0;
    std::atomic<bool> stopping_ = false;
    boost::asio::thread_pool threads_;  // last, because they use the others
};

}  // namespace kurir::users
