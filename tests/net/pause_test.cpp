#include "relay/net/pause.hpp"

#include <boost/asio/this_coro.hpp>

#include <chrono>

#include "relay/net/task_group.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/run.hpp"

namespace asio = boost::asio;
using namespace std::chrono_literals;
using namespace kurir;

TEST_CASE("a task pauses until it is asked to stop", "[net]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        net::task_group group(executor, [](std::exception_ptr) {});
        net::timer tick(executor);
        int rounds = 0;
        bool ended = false;
        group.spawn(
            [](net::task_group& all, net::timer& own, int& passed, bool& over
            ) -> asio::awaitable<void> {
                while (co_await net::pause_for(own, 1ms)) {
                    // Asked between two pauses: nothing is awaited that could be aborted.
                    if (++passed == 3) all.stop();
                }
                over = true;
            }(group, tick, rounds, ended)
        );
        co_await group.join();
        CHECK(rounds == 3);
        CHECK(ended);
    });
}

TEST_CASE("a long pause ends as soon as the task is to stop", "[net]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        net::task_group group(executor, [](std::exception_ptr) {});
        net::timer tick(executor);
        bool went_on = true;
        group.spawn([](net::timer& own, bool& result) -> asio::awaitable<void> {
            result = co_await net::pause_for(own, 24h);
        }(tick, went_on));
        group.stop();
        co_await group.join();
        CHECK_FALSE(went_on);
    });
}
