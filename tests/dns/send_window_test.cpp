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
    line subject;
    const auto sent = subject.fill();
    CHECK(sent.size() == send_window::size);
    subject.window.answered(sent[50], subject.now + 1ms);
    CHECK(subject.fill().size() == 1);
    subject.window.answered(sent[50], subject.now + 1ms);  // twice is once
    CHECK(subject.fill().empty());
}

TEST_CASE("names that nobody answers for hold the others back for a moment only", "[dns][window]") {
    line subject;
    for (int i = 0; i < 100; ++i)
        subject.window.answered(subject.window.sent(subject.now), subject.now + 2ms);
    const auto silent = subject.fill();
    const auto until = *subject.window.closed_until(subject.now);
    CHECK(until - subject.now == send_window::patience_min);
    subject.now = until;
    CHECK(subject.fill().size() == send_window::size);
    // Their time-outs make no room that was not there.
    for (const auto& each : silent)
        subject.window.lost(each);
    CHECK(subject.fill().empty());
}

TEST_CASE("a slow server is not sent more than it answers", "[dns][window]") {
    line subject;
    std::size_t most = 0;
    std::vector<send_window::ticket> waiting;
    // It answers one question in 10 ms.
    for (int i = 0; i < 3000; ++i) {
        for (const auto& each : subject.fill())
            waiting.push_back(each);
        most = std::max(most, waiting.size());
        subject.now += 10ms;
        subject.window.answered(waiting.front(), subject.now);
        waiting.erase(waiting.begin());
    }
    CHECK(most <= 4 * send_window::size);
    CHECK(waiting.size() <= 2 * send_window::size);
}
