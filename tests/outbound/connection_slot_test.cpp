// One connection slot against servers on loopback, with a source of jobs that the test fills.
#include "relay/outbound/connection_slot.hpp"

#include "relay/net/clock.hpp"
#include "tests/outbound/delivery_world.hpp"

using namespace kurir;
using namespace kurir::outbound;
using namespace tests;

namespace {

// Gives out its jobs one after the other, then nothing; remembers what it is told.
class job_list final : public job_source {
public:
    explicit job_list(asio::any_io_executor executor) : executor_(std::move(executor)) {}

    std::deque<job> jobs;
    std::size_t asked = 0;
    std::vector<report::kind> reports;  // of jobs, in order
    std::size_t ends = 0;
    std::vector<job> unfinished;
    std::vector<verdict> shortages;
    std::vector<failed_attempt> failures;

    const asio::any_io_executor& executor() const noexcept override { return executor_; }
    void next(connection_id, const report& last, net::answer_function<std::optional<job>> answer)
        override {
        ++asked;
        note(last);
        if (jobs.empty()) return answer(std::nullopt);
        auto first = std::move(jobs.front());
        jobs.pop_front();
        answer(std::move(first));
    }
    void finished(connection_id, const report& last) override { note(last); }
    void ended(connection_id, const report& last) override {
        note(last);
        ++ends;
    }
    void put_back(job given) override { unfinished.push_back(std::move(given)); }
    void put_off(job given, verdict shortage) override {
        shortages.push_back(std::move(shortage));
        put_back(std::move(given));
    }
    void report_failure(failed_attempt failure) override { failures.push_back(std::move(failure)); }

private:
    void note(const report& last) {
        if (last.result != report::kind::none) reports.push_back(last.result);
    }

    asio::any_io_executor executor_;
};

struct slot_world : delivery_world {
    using delivery_world::delivery_world;

    // Of one message to one recipient each.
    void add_jobs(std::uint64_t count) {
        for (std::uint64_t number = 1; number <= count; ++number)
            jobs.jobs.push_back({store.put(number, {"user@remote.test"})});
    }

    // Works off the jobs over one slot.
    void work(const std::vector<std::uint16_t>& ports) {
        run([this, ports]() -> asio::awaitable<void> {
            connection_slot slot(setup, home, jobs, 1, route_to(ports), held);
            co_await slot.run();
            co_await settle_down();
        });
    }

    job_list jobs{context.get_executor()};
    const stake held = std::make_shared<char>();
};

using kinds = std::vector<report::kind>;

}  // namespace

TEST_CASE("a slot keeps its connection from job to job, and says QUIT at the end", "[slot]") {
    slot_world world;
    auto& server = world.serve();
    world.add_jobs(3);
    world.work({server.port()});

    CHECK(server.connections == 1);
    CHECK(server.transactions.size() == 3);
    CHECK(server.heard("QUIT") == 1);
    const auto good = report::kind::succeeded;
    CHECK(world.jobs.reports == kinds{good, good, good});
    CHECK(world.jobs.ends == 1);
    REQUIRE(world.store.settled.size() == 3);
    for (const auto& each : world.store.settled)
        CHECK(each.finished == std::vector<std::uint32_t>{0});
    CHECK(world.metrics.outbound.outbound_connection_reuses_total.value() == 2);
}

TEST_CASE("a slot takes its third job when the first one is on disk", "[slot]") {
    slot_world world;
    auto& server = world.serve();
    world.add_jobs(3);
    world.store.hold_settlements = true;
    std::vector<std::size_t> asked;
    // Waits with each settlement from the second one on until nothing else goes on.
    const auto release = [&]() -> asio::awaitable<void> {
        co_await settle_down();
        asked.push_back(world.jobs.asked);
        world.store.release_one();
        if (asked.size() == 2) world.store.release_one();
    };
    world.store.on_settled = [&] {
        if (world.store.settled.size() < 2) return;
        asio::co_spawn(world.context, release, [](std::exception_ptr failure) {
            if (failure) std::rethrow_exception(failure);
        });
    };
    world.work({server.port()});

    CHECK(asked == std::vector<std::size_t>{2, 3});
    CHECK(server.transactions.size() == 3);
}

TEST_CASE("the next host is tried when one refuses the session or is lost", "[slot]") {
    const auto [line, said] = GENERATE(table<std::string, std::string>({
        {"", "421 later\r\n"},
        {"", "554 no service\r\n"},
        {"", hang_up},
        {"", "hello\r\n"},
        {"EHLO", "421 later\r\n"},
        {"EHLO", hang_up},
        {"MAIL", "421 later\r\n"},
        {"MAIL", hang_up},
        {"DATA", hang_up},
    }));
    CAPTURE(line, said);
    slot_world world;
    auto& bad = world.serve([&](std::size_t, const std::string& heard) {
        const bool here = line.empty() ? heard.empty() : heard.starts_with(line);
        return here ? std::optional(said) : std::nullopt;
    });
    auto& good = world.serve();
    world.add_jobs(1);
    world.work({bad.port(), good.port()});

    CHECK(bad.connections >= 1);
    CHECK(good.transactions.size() == 1);
    REQUIRE(world.store.settled.size() == 1);
    CHECK(world.store.settled[0].finished == std::vector<std::uint32_t>{0});
}

TEST_CASE("a host that can't be connected to is passed over", "[slot]") {
    slot_world world;
    tcp::acceptor closed(world.context, {asio::ip::address_v4::loopback(), 0});
    const auto port = closed.local_endpoint().port();
    closed.close();
    auto& good = world.serve();
    world.add_jobs(1);
    SECTION("and the next one gets the message") {
        world.work({port, good.port()});
        CHECK(good.transactions.size() == 1);
        CHECK(world.jobs.reports == kinds{report::kind::succeeded});
    }
    SECTION("and without another one the destination is unreachable") {
        world.work({port});
        CHECK(world.jobs.reports == kinds{report::kind::unreachable});
        REQUIRE(world.store.settled.size() == 1);
        CHECK(world.store.settled[0].again.size() == 1);
    }
}

TEST_CASE("a kept connection that has died costs no attempt", "[slot]") {
    slot_world world;
    auto& server = world.serve([&](std::size_t session, const std::string& line) {
        const bool second =
            line.starts_with("MAIL") && session == 1 && !world.store.settled.empty();
        return second ? std::optional(hang_up) : std::nullopt;
    });
    world.add_jobs(2);
    world.work({server.port()});

    CHECK(server.connections == 2);
    CHECK(server.transactions.size() == 2);
    for (const auto& each : world.store.settled)
        CHECK(each.again.empty());
}

TEST_CASE("refused recipients are gathered, deferred ones come again", "[slot]") {
    slot_world world;
    auto& server = world.serve([](std::size_t, const std::string& line) {
        if (line.starts_with("RCPT TO:<no@"))
            return std::optional<std::string>("550 5.1.1 who?\r\n");
        if (line.starts_with("RCPT TO:<later@"))
            return std::optional<std::string>("450 4.2.1 busy\r\n");
        return std::optional<std::string>();
    });
    const auto part =
        world.store.put(1, {"yes@remote.test", "no@remote.test", "later@remote.test"});
    // Its failures can wait for those of this one.
    world.store.put(1, {"user@other.test"});
    world.jobs.jobs.push_back({part});
    world.work({server.port()});

    REQUIRE(world.store.settled.size() == 1);
    const auto& end = world.store.settled[0];
    CHECK(end.finished == std::vector<std::uint32_t>{0});
    REQUIRE(end.again.size() == 1);
    CHECK(end.again[0].recipients == std::vector<std::uint32_t>{2});
    REQUIRE(end.withheld);
    CHECK(end.withheld->recipients == std::vector<std::uint32_t>{1});
    REQUIRE(world.jobs.failures.size() == 1);
    const auto& failed = world.jobs.failures[0].ended;
    REQUIRE(failed.fates.size() == 1);
    CHECK(failed.fates[0].recipient == 1);
    // It is at stake until it is stored.
    CHECK(world.jobs.failures[0].stake == world.held);
}

TEST_CASE("a message that can't be read is forgotten, left alone or put back", "[slot]") {
    const auto [error, forgotten, put_back] = GENERATE(table<queue::errc, bool, bool>({
        {queue::errc::not_found, true, false},
        {queue::errc::corrupt, true, false},
        {queue::errc::newer, false, false},
        {queue::errc::failed, false, true},
        {queue::errc::closed, false, true},
    }));
    slot_world world;
    auto& server = world.serve();
    world.store.read_error = error;
    world.add_jobs(1);
    world.work({server.port()});

    CHECK(server.connections == 0);
    CHECK(world.store.settled.size() == (forgotten ? 1 : 0));
    if (forgotten) CHECK(world.store.settled[0].finished == std::vector<std::uint32_t>{0});
    CHECK(world.jobs.unfinished.size() == (put_back ? 1 : 0));
    CHECK(world.jobs.reports == kinds{report::kind::nothing});
    CHECK(world.jobs.ends == 1);
}

TEST_CASE("a settlement that was not written stops nothing", "[slot]") {
    slot_world world;
    auto& server = world.serve();
    world.store.settle_error = GENERATE(queue::errc::lost, queue::errc::closed);
    world.add_jobs(2);
    world.work({server.port()});
    CHECK(server.transactions.size() == 2);
    CHECK(world.store.settled.size() == 2);
    CHECK(world.metrics.queue.queue_messages(metrics::queue_state::settling).value() == 0);
}

TEST_CASE("a connection ends after as many messages as the configuration allows", "[slot]") {
    auto settings = delivery_settings();
    settings.connection_messages = 1;
    slot_world world(std::move(settings));
    auto& server = world.serve();
    world.add_jobs(2);
    world.work({server.port()});
    // The slot ends with its connection, and leaves the other job.
    CHECK(server.connections == 1);
    CHECK(server.heard("QUIT") == 1);
    CHECK(world.jobs.jobs.size() == 1);
    CHECK(world.jobs.reports == kinds{report::kind::succeeded});
}

TEST_CASE("nothing is sent to a listener of our own", "[slot]") {
    slot_world world;
    auto& server = world.serve();
    world.setup.own_listeners = {{asio::ip::address_v4::loopback(), server.port()}};
    world.add_jobs(1);
    world.work({server.port()});
    CHECK(server.lines.empty());
    CHECK(server.transactions.empty());
    REQUIRE(world.store.settled.size() == 1);
    CHECK(world.store.settled[0].again.size() == 1);
}
