#include "relay/base/worker_threads.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <deque>
#include <future>
#include <thread>
#include <vector>

#include "tests/support/catch.hpp"

using namespace std::chrono_literals;
using kurir::base::worker_threads;

namespace {

constexpr auto forever = 24h;

// Numbers that are brought, and threads that take them.
class adder {
public:
    void start(std::size_t count) {
        threads_.start([this] { run(); }, count);
    }
    void stop() { threads_.stop(); }

    bool bring(int number) {
        {
            const auto locked = threads_.lock();
            if (!threads_.active(locked)) return false;
            waiting_.push_back(number);
        }
        threads_.wake_one();
        return true;
    }

    int sum() const { return sum_; }

private:
    void run() {
        auto locked = threads_.lock();
        while (threads_.wait(locked, [this] { return !waiting_.empty(); }) || !waiting_.empty()) {
            const int number = waiting_.front();
            waiting_.pop_front();
            locked.unlock();
            sum_ += number;
            locked.lock();
        }
    }

    std::deque<int> waiting_;
    std::atomic<int> sum_ = 0;
    worker_threads threads_;
};

}  // namespace

TEST_CASE("what was brought before the stop is worked on, and nothing later", "[base][threads]") {
    const std::size_t count = GENERATE(1U, 3U);
    adder subject;
    CHECK_FALSE(subject.bring(1000));

    subject.start(count);
    int accepted = 0;
    for (int number = 1; number <= 100; ++number)
        accepted += subject.bring(number) ? number : 0;
    subject.stop();

    CHECK(accepted == 5050);
    CHECK(subject.sum() == accepted);
    CHECK_FALSE(subject.bring(1000));
    CHECK(subject.sum() == accepted);
}

TEST_CASE("nothing that was accepted is lost when the stop comes amid it", "[base][threads]") {
    constexpr int bringers = 3;
    adder subject;
    subject.start(2);
    std::atomic<int> accepted = 0;
    std::atomic<bool> some = false;
    std::vector<std::thread> others;
    for (int i = 0; i < bringers; ++i) {
        others.emplace_back([&] {
            while (subject.bring(1)) {
                ++accepted;
                some = true;
            }
        });
    }
    while (!some)
        std::this_thread::yield();

    subject.stop();
    for (auto& each : others)
        each.join();

    CHECK(subject.sum() == accepted);
}

TEST_CASE("a stop ends every kind of sleep", "[base][threads]") {
    worker_threads subject;
    std::promise<void> asleep;
    std::vector<bool> goes_on;
    const int kind = GENERATE(0, 1, 2, 3);
    const auto sleep = [&] {
        auto locked = subject.lock();
        switch (kind) {
            case 0:
                return subject.wait(locked, [] { return false; });
            case 1:
                return subject.wait_for(locked, forever, [] { return false; });
            case 2:
                return subject.pause(locked, forever);
            default:
                locked.unlock();
                return subject.pause(forever);
        }
    };
    subject.start([&] {
        asleep.set_value();
        goes_on.push_back(sleep());
        goes_on.push_back(sleep());  // no sleep begins after the stop
    });
    asleep.get_future().wait();

    subject.stop();

    CHECK(goes_on == std::vector<bool>{false, false});
    CHECK(subject.stopping());
}

TEST_CASE("a sleep ends when its time is over, and the thread goes on", "[base][threads]") {
    worker_threads subject;
    std::promise<std::vector<bool>> awake;
    subject.start([&] {
        std::vector<bool> goes_on{subject.pause(1ms)};
        auto locked = subject.lock();
        goes_on.push_back(subject.pause(locked, 1ms));
        goes_on.push_back(subject.wait_for(locked, 1ms, [] { return false; }));
        goes_on.push_back(subject.wait_for(locked, forever, [] { return true; }));
        goes_on.push_back(subject.stopping(locked));
        awake.set_value(goes_on);
    });

    CHECK(awake.get_future().get() == std::vector<bool>{true, true, true, true, false});
    subject.stop();
}

TEST_CASE("threads that were never started can be stopped", "[base][threads]") {
    worker_threads subject;

    subject.stop();

    const auto locked = subject.lock();
    CHECK(subject.stopping(locked));
    CHECK_FALSE(subject.active(locked));
}
