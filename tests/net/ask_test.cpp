#include "relay/net/ask.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>

#include <atomic>
#include <thread>

#include "relay/net/error.hpp"
#include "relay/net/task_group.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/run.hpp"

namespace asio = boost::asio;
using namespace std::chrono_literals;
using kurir::net::answer_function;
using tests::must_not_throw;

namespace {

// A context with a thread of its own, as the program's I/O threads are.
class other_thread {
public:
    other_thread() : work_(context.get_executor()), thread_([this] { context.run(); }) {}
    ~other_thread() {
        work_.reset();
        thread_.join();
    }
    other_thread(const other_thread&) = delete;
    other_thread& operator=(const other_thread&) = delete;

    asio::io_context context{1};

private:
    asio::executor_work_guard<asio::io_context::executor_type> work_;
    std::thread thread_;
};

asio::awaitable<void> ask_where(
    other_thread& other, std::thread::id& answerer, std::thread::id& after
) {
    answerer = co_await kurir::net::ask<std::thread::id>(
        other.context.get_executor(),
        [](answer_function<std::thread::id> answer) { answer(std::this_thread::get_id()); }
    );
    after = std::this_thread::get_id();
}

}  // namespace

TEST_CASE("a question is put on the other thread and answered on one's own", "[net][ask]") {
    asio::io_context context(1);  // outlives the thread that posts to it
    other_thread other;
    std::thread::id answerer;
    std::thread::id after;
    asio::co_spawn(context, ask_where(other, answerer, after), must_not_throw);
    context.run();
    CHECK(answerer != std::this_thread::get_id());
    CHECK(answerer != std::thread::id());
    CHECK(after == std::this_thread::get_id());
}

namespace {

asio::awaitable<void> ask_many(other_thread& other, int times, std::atomic<int>& answered) {
    for (int i = 0; i < times; ++i) {
        const auto twice = co_await kurir::net::ask<int>(
            other.context.get_executor(), [i](answer_function<int> answer) { answer(2 * i); }
        );
        if (twice == 2 * i) ++answered;
    }
}

asio::awaitable<void> stop_in_between(other_thread& other, std::atomic<int>& answered) {
    const auto executor = co_await asio::this_coro::executor;
    for (int round = 0; round < 200; ++round) {
        kurir::net::task_group group(executor, must_not_throw);
        for (int task = 0; task < 5; ++task)
            group.spawn(ask_many(other, 20, answered));
        asio::steady_timer pause(executor, std::chrono::microseconds(round % 50));
        std::ignore = co_await pause.async_wait(kurir::net::as_result);
        group.stop();
        co_await group.join();
    }
}

}  // namespace

TEST_CASE("questions survive the cancellation of those who wait", "[net][ask][tsan]") {
    asio::io_context context(1);  // outlives the thread that posts to it
    other_thread other;
    std::atomic<int> answered = 0;
    asio::co_spawn(context, stop_in_between(other, answered), must_not_throw);
    context.run();
    CHECK(answered == 200 * 5 * 20);
}
