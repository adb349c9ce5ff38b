#include "relay/log/log.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <limits>
#include <thread>

#include "metrics/metrics.hpp"
#include "relay/log/backend.hpp"
#include "tests/support/catch.hpp"

using namespace kurir;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::EndsWith;

namespace {

// A pipe in place of standard output.
struct pipe_ends {
    pipe_ends() { REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0); }
    pipe_ends(const pipe_ends&) = delete;
    pipe_ends& operator=(const pipe_ends&) = delete;
    ~pipe_ends() {
        ::close(ends[0]);
        ::close(ends[1]);
    }

    // What is in the pipe. Does not wait.
    std::string read() const {
        ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
        std::string all;
        std::array<char, 65536> some{};
        for (;;) {
            const auto count = ::read(ends[0], some.data(), some.size());
            if (count <= 0) return all;
            all.append(some.data(), static_cast<std::size_t>(count));
        }
    }

    std::array<int, 2> ends{};
};

}  // namespace

TEST_CASE("operating: notice stands between info and warning", "[log]") {
    const log::capture captured(log::format::json, log::level::notice);
    log::event(log::level::info, "session");
    log::event(log::level::notice, "delivered");
    log::event(log::level::warning, "config");
    REQUIRE(captured.lines().size() == 2);
    CHECK_THAT(captured.lines()[0], ContainsSubstring(R"("level":"notice","event":"delivered")"));
    CHECK_THAT(captured.lines()[1], ContainsSubstring(R"("level":"warning")"));
}

TEST_CASE("an event is emitted when its temporary dies", "[log]") {
    const log::capture captured;

    log::event(log::level::info, "received").with("queue_id", std::string("01A")).with("size", 7);

    REQUIRE(captured.lines().size() == 1);
    CHECK_THAT(
        captured.lines()[0],
        EndsWith(R"("level":"info","event":"received","queue_id":"01A","size":7})")
    );
}

TEST_CASE("fields keep their types", "[log]") {
    const log::capture captured;

    log::event(log::level::error, "sample")
        .with("least", std::numeric_limits<std::int64_t>::min())
        .with("most", std::numeric_limits<std::uint64_t>::max())
        .with("short", std::uint16_t{25})
        .with("yes", true)
        .with("no", false)
        .with("half", 0.5)
        .with("nothing", std::numeric_limits<double>::quiet_NaN())
        .with("literal", "text")
        .with("view", std::string_view("text"));

    CHECK_THAT(
        captured.lines().at(0),
        EndsWith(
            R"("least":-9223372036854775808,"most":18446744073709551615,"short":25,)"
            R"("yes":true,"no":false,"half":0.5,"nothing":null,"literal":"text","view":"text"})"
        )
    );
}

TEST_CASE("events below the level go nowhere", "[log]") {
    const log::capture captured(log::format::json, log::level::warning);

    log::event(log::level::info, "quiet").with("size", 7);
    log::event(log::level::warning, "loud");

    REQUIRE(captured.lines().size() == 1);
    CHECK_THAT(captured.lines()[0], ContainsSubstring("loud"));
}

TEST_CASE("without a start events are dropped", "[log]") {
    log::event(log::level::error, "unheard").with("size", 7);
    log::stop();

    const log::capture captured;
    CHECK(captured.lines().empty());
}

TEST_CASE("events may be built one within another", "[log]") {
    const log::capture captured(log::format::text);
    {
        log::event outer(log::level::info, "outer");
        outer.with("before", 1);
        log::event(log::level::info, "inner").with("key", "value");
        outer.with("after", 2);
    }

    REQUIRE(captured.lines().size() == 2);
    CHECK_THAT(captured.lines()[0], EndsWith("info inner key=value"));
    CHECK_THAT(captured.lines()[1], EndsWith("info outer before=1 after=2"));
}

TEST_CASE("threads log without mixing their lines", "[log]") {
    const log::capture captured(log::format::text);
    const auto work = [] {
        for (int at = 0; at < 1000; ++at)
            log::event(log::level::info, "work").with("at", at);
    };

    std::thread first(work);
    std::thread second(work);
    first.join();
    second.join();

    CHECK(captured.lines().size() == 2000);
    for (const auto& line : captured.lines())
        CHECK_THAT(line, ContainsSubstring("info work at="));
}

TEST_CASE("the end writes everything that waits, in order", "[log][backend]") {
    metrics::all metrics;
    const pipe_ends output;
    {
        log::backend backend(output.ends[1], metrics.runtime);
        for (int at = 0; at < 1000; ++at)
            backend.write(std::to_string(at));
    }

    std::string expected;
    for (int at = 0; at < 1000; ++at)
        expected += std::to_string(at) + "\n";
    const bool complete = output.read() == expected;
    CHECK(complete);
    CHECK(metrics.runtime.log_dropped_total.value() == 0);
}

TEST_CASE(
    "a reader that has stopped costs lines, not time, and they are counted", "[log][backend]"
) {
    metrics::all metrics;
    const pipe_ends output;
    const std::string line(999, 'x');
    constexpr int count = 20'000;  // the pipe takes 64 KiB, the ring 8192 lines
    {
        log::backend backend(output.ends[1], metrics.runtime);
        for (int at = 0; at < count; ++at)
            backend.write(line);
        CHECK(metrics.runtime.log_dropped_total.value() > 5'000);
    }
    CHECK(output.read().size() >= 60'000);
}

TEST_CASE("a closed output costs lines, and they are counted", "[log][backend]") {
    metrics::all metrics;
    const int output = ::open("/dev/full", O_WRONLY | O_CLOEXEC);
    REQUIRE(output >= 0);
    {
        log::backend backend(output, metrics.runtime);
        for (int at = 0; at < 1000; ++at)
            backend.write("line");
    }
    ::close(output);
    CHECK(metrics.runtime.log_dropped_total.value() == 1000);
}
