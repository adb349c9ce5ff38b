#include "relay/inbound/submission_limits.hpp"

#include <atomic>
#include <thread>
#include <vector>

#include "tests/inbound/start.hpp"
#include "tests/support/catch.hpp"

using namespace kurir;
using namespace std::chrono_literals;
using inbound::key_of;
using inbound::rate_table;
using inbound::submission_limits;
using tests::start;

namespace {

config::rate rate(const char* text) {
    config::rate result;
    REQUIRE(!config::read_rate(text, result));
    return result;
}

// How many of `count` messages are admitted at `now`.
int admitted(submission_limits& limits, int count, net::clock::time_point now, const char* sender) {
    int done = 0;
    for (int i = 0; i < count; ++i)
        done += limits.admit("192.0.2.1", sender, now) ? 0 : 1;
    return done;
}

}  // namespace

TEST_CASE("Without limits everything is admitted", "[inbound]") {
    submission_limits limits(std::nullopt, std::nullopt);
    CHECK(admitted(limits, 1000, start, "a@b.test") == 1000);
}

TEST_CASE("What a limit brings in its time may come at once, then it drips", "[inbound]") {
    submission_limits limits(rate("60/min"), std::nullopt);
    CHECK(admitted(limits, 100, start, "a@b.test") == 60);
    CHECK(admitted(limits, 100, start + 900ms, "a@b.test") == 0);
    CHECK(admitted(limits, 100, start + 1s, "a@b.test") == 1);
    CHECK(admitted(limits, 100, start + 31s, "a@b.test") == 30);
    CHECK(admitted(limits, 100, start + 24h, "a@b.test") == 60);
    CHECK(!limits.admit("192.0.2.2", "a@b.test", start));  // another network has its own
}

TEST_CASE("The hint is the time after which it works", "[inbound]") {
    submission_limits limits(rate("5/min"), std::nullopt);
    CHECK(admitted(limits, 5, start, "a@b.test") == 5);
    const auto over = limits.admit("192.0.2.1", "a@b.test", start + 500ms);
    REQUIRE(over);
    CHECK(over->limit == submission_limits::scope::client);
    CHECK(over->wait == 12s);
    CHECK(!limits.admit("192.0.2.1", "a@b.test", start + 500ms + over->wait));
}

TEST_CASE("The limit of a sender holds for it alone, in any case of letters", "[inbound]") {
    submission_limits limits(std::nullopt, rate("1/h"));
    CHECK(!limits.admit("192.0.2.1", "a@b.test", start));
    const auto over = limits.admit("192.0.2.9", "A@b.test", start);
    REQUIRE(over);
    CHECK(over->limit == submission_limits::scope::sender);
    CHECK(over->wait == 3600s);
    CHECK(!limits.admit("192.0.2.1", "c@b.test", start));
    CHECK(admitted(limits, 10, start, "") == 10);  // the null sender
}

TEST_CASE("What one limit refuses does not count for the other", "[inbound]") {
    submission_limits limits(rate("2/h"), rate("1/h"));
    CHECK(!limits.admit("192.0.2.1", "a@b.test", start));
    CHECK(limits.admit("192.0.2.1", "a@b.test", start));
    CHECK(limits.admit("192.0.2.1", "a@b.test", start));
    CHECK(!limits.admit("192.0.2.1", "c@b.test", start));
    const auto over = limits.admit("192.0.2.1", "d@b.test", start);
    REQUIRE(over);
    CHECK(over->limit == submission_limits::scope::client);
}

TEST_CASE("Who has not submitted for a while is forgotten", "[inbound]") {
    rate_table table(rate("10/s"));
    for (int i = 0; i < 50'000; ++i) {
        const auto now = start + i * 10ms;
        table.take(key_of(std::to_string(i)), now);
        REQUIRE(table.size() <= 2048);
    }
}

TEST_CASE("The table has an end, and who comes then is let in", "[inbound]") {
    rate_table table(rate("1/d"));
    const auto more = static_cast<int>(rate_table::keys_max) + 1000;
    for (int i = 0; i < more; ++i)
        table.take(key_of(std::to_string(i)), start);
    CHECK(table.size() == rate_table::keys_max);
    CHECK(table.ready_at(key_of("0"), start) > start);
    CHECK(table.ready_at(key_of(std::to_string(more - 1)), start) == start);
    table.take(key_of("later"), start + 48h);  // all are full again
    CHECK(table.size() == 1);
}

TEST_CASE("A limit holds over all threads together", "[inbound]") {
    constexpr int threads_at_once = 4;
    constexpr int messages = 20'000;
    submission_limits limits(rate("1000/h"), rate("1/h"));
    std::atomic<int> ready = 0;
    std::atomic<int> passed = 0;
    const auto submit = [&](int thread) {
        ++ready;
        while (ready < threads_at_once) {
        }
        for (int i = 0; i < messages; ++i) {
            const auto sender = std::to_string(thread) + '.' + std::to_string(i) + "@b.test";
            const auto network = i % 2 == 0 ? "192.0.2.1" : "198.51.100." + std::to_string(i);
            const bool done = !limits.admit(network, sender, start);
            if (i % 2 == 0 && done) ++passed;
        }
    };
    std::vector<std::thread> threads;
    for (int i = 0; i < threads_at_once; ++i)
        threads.emplace_back(submit, i);
    for (auto& thread : threads)
        thread.join();
    CHECK(passed == 1000);
}
