#include "relay/net/task_group.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <stdexcept>

#include "tests/support/catch.hpp"
#include "tests/support/run.hpp"

namespace asio = boost::asio;
using namespace std::chrono_literals;
using kurir::net::task_group;

namespace {

asio::awaitable<void> sleep_for(std::chrono::milliseconds time, int& ended) {
    asio::steady_timer timer(co_await asio::this_coro::executor, time);
    co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
    ++ended;
}

asio::awaitable<void> fail() {
    throw std::runtime_error("deliberate");
    co_return;
}

void ignore(std::exception_ptr) {}

}  // namespace

TEST_CASE("join waits for every child", "[net][task_group]") {
    int ended = 0;
    tests::run([&]() -> asio::awaitable<void> {
        task_group group(co_await asio::this_coro::executor, ignore);
        group.spawn(sleep_for(1ms, ended));
        group.spawn(sleep_for(2ms, ended));
        co_await group.join();
        CHECK(ended == 2);
    });
}

TEST_CASE("stop ends the children and refuses new ones", "[net][task_group]") {
    int ended = 0;
    tests::run([&]() -> asio::awaitable<void> {
        task_group group(co_await asio::this_coro::executor, ignore);
        group.spawn(sleep_for(1h, ended));
        group.stop();
        group.spawn(sleep_for(1h, ended));
        co_await group.join();
        CHECK(ended == 1);
    });
}

TEST_CASE("a failing child is reported and does not disturb the others", "[net][task_group]") {
    int ended = 0;
    int failures = 0;
    tests::run([&]() -> asio::awaitable<void> {
        auto count = [&](std::exception_ptr) { ++failures; };
        task_group group(co_await asio::this_coro::executor, count);
        group.spawn(fail());
        group.spawn(sleep_for(1ms, ended));
        co_await group.join();
    });
    CHECK(failures == 1);
    CHECK(ended == 1);
}

namespace {

asio::awaitable<void> own_a_sleeper(int& ended) {
    task_group inner(co_await asio::this_coro::executor, ignore);
    inner.spawn(sleep_for(1h, ended));
    co_await inner.join();
}

}  // namespace

TEST_CASE("stop reaches the groups that the children wait for", "[net][task_group]") {
    int ended = 0;
    tests::run([&]() -> asio::awaitable<void> {
        task_group outer(co_await asio::this_coro::executor, ignore);
        outer.spawn(own_a_sleeper(ended));
        asio::steady_timer running(co_await asio::this_coro::executor, 1ms);
        co_await running.async_wait(asio::as_tuple(asio::use_awaitable));

        outer.stop();
        co_await outer.join();

        CHECK(ended == 1);
    });
}

TEST_CASE("a child that was not waiting when it was asked to stop can tell", "[net][task_group]") {
    int rounds = 0;
    const auto work = [&rounds]() -> asio::awaitable<void> {
        do {
            ++rounds;
            // Its completion is in the loop's queue when the group is stopped: nothing to cancel.
            co_await asio::post(asio::use_awaitable);
        } while (!co_await kurir::net::was_cancelled());
    };
    tests::run([&]() -> asio::awaitable<void> {
        task_group group(co_await asio::this_coro::executor, ignore);
        group.spawn(work());
        group.stop();
        co_await group.join();
        CHECK(rounds == 1);
    });
}
