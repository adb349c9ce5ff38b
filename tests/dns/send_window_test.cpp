#include "dns/send_window.hpp"

#include <vector>

#include "tests/support/catch.hpp"

using namespace kurir;
using namespace std::chrono_literals;
using dns::send_window;

namespace {

struct line {
    send_window window;
    send_window::clock::time_point now{1h};

    std::vector<send_window::ticket> fill() {
        std::vector<send_window::ticket> sent;
        while (!window.closed_until(now))
            sent.push_back(window.sent(now));
        return sent;
    }
};

}  // namespace

TEST_CASE("so many questions at a time, and one more for each answer", "[dns][window]") {
    line to;
    const auto sent = to.fill();
    CHECK(sent.size() == send_window::size);
    to.window.answered(sent[50], to.now + 1ms);
    CHECK(to.fill().size() == 1);
    to.window.answered(sent[50], to.now + 1ms);  // twice is once
    CHECK(to.fill().empty());
}

TEST_CASE("names that nobody answers for hold the others back for a moment only", "[dns][window]") {
    line to;
    for (int i = 0; i < 100; ++i)
        to.window.answered(to.window.sent(to.now), to.now + 2ms);
    const auto silent = to.fill();
    const auto until = *to.window.closed_until(to.now);
    CHECK(until - to.now == send_window::patience_min);
    to.now = until;
    CHECK(to.fill().size() == send_window::size);
    // Their time-outs make no room that was not there.
    for (const auto& each : silent)
        to.window.lost(each);
    CHECK(to.fill().empty());
}

TEST_CASE("a slow server is not sent more than it answers", "[dns][window]") {
    line to;
    std::size_t most = 0;
    std::vector<send_window::ticket> waiting;
    // It answers one question in 10 ms.
    for (int i = 0; i < 3000; ++i) {
        for (const auto& each : to.fill())
            waiting.push_back(each);
        most = std::max(most, waiting.size());
        to.now += 10ms;
        to.window.answered(waiting.front(), to.now);
        waiting.erase(waiting.begin());
    }
    CHECK(most <= 4 * send_window::size);
    CHECK(waiting.size() <= 2 * send_window::size);
}
