// One connection slot against servers on loopback, with a source of jobs that the test fills.
#include "relay/outbound/connection_slot.hpp"

#include "relay/net/clock.hpp"
#include "tests/outbound/delivery_world.hpp"
#include "tests/outbound/job_list.hpp"

using namespace kurir;
using namespace kurir::outbound;
using namespace tests;

namespace {

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

TEST_CASE("a slot gives back unconnected what an operator has suspended by sender", "[slot]") {
    slot_world world;
    auto& server = world.serve();
    world.add_jobs(1);
    world.suspensions.set(
        std::make_shared<const operator_suspensions>(std::vector<operator_suspension>{
            {.number = 5, .subject = suspension_subject::from, .pattern = "*sender*"},
            {.number = 6, .subject = suspension_subject::from, .pattern = "*"},
        })
    );
    world.work({server.port()});
    CHECK(server.connections == 0);
    CHECK(world.store.settled.empty());
    REQUIRE(world.jobs.suspended.size() == 1);
    CHECK(world.jobs.suspended.front().first == 1);
    CHECK(world.jobs.reports == kinds{report::kind::nothing});
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
    auto& bad = world.serve([&](std::size_t, const std::string& command) {
        const bool applies = line.empty() ? command.empty() : command.starts_with(line);
        return applies ? std::optional(said) : std::nullopt;
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

namespace {

// A server that does not answer: its queue of connections is full.
class silent_server {
public:
    explicit silent_server(asio::io_context& context) : acceptor_(context), filling_(context) {
        const asio::ip::tcp::endpoint anywhere(asio::ip::address_v4::loopback(), 0);
        acceptor_.open(anywhere.protocol());
        acceptor_.bind(anywhere);
        acceptor_.listen(0);
        filling_.connect(acceptor_.local_endpoint());
    }

    std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

private:
    asio::ip::tcp::acceptor acceptor_;
    asio::ip::tcp::socket filling_;
};

// A route to equal hosts.
std::shared_ptr<const route> equals(const std::vector<std::uint16_t>& ports) {
    auto made = std::make_shared<route>(*route_to(ports));
    for (auto& each : made->targets)
        each.shares = &each != &made->targets.front();
    return made;
}

}  // namespace

TEST_CASE("of equal hosts the first that answers gets the message, once", "[slot][race]") {
    slot_world world;
    const silent_server silent(world.context);
    const silent_server other(world.context);
    auto& server = world.serve();
    world.add_jobs(1);
    // The time for a connection is that of the whole test: nothing but a race is fast enough.
    world.run([&]() -> asio::awaitable<void> {
        const auto hosts = equals({silent.port(), other.port(), server.port()});
        connection_slot slot(world.setup, world.home, world.jobs, 1, hosts, world.held);
        co_await slot.run();
        co_await settle_down();
    });

    CHECK(server.connections == 1);
    CHECK(server.heard("EHLO") == 1);
    CHECK(server.heard("QUIT") == 1);
    CHECK(server.transactions.size() == 1);
    REQUIRE(world.store.settled.size() == 1);
    CHECK(world.store.settled.front().finished == std::vector<std::uint32_t>{0});
    // Those that lost have not failed, and all of it was one connection.
    auto& opened = world.metrics.outbound.outbound_connections_opened_total;
    CHECK(opened(metrics::open_result::ok).value() == 1);
    CHECK(opened(metrics::open_result::error).value() == 0);
}

TEST_CASE("a host that refuses makes way for its equals at once", "[slot][race]") {
    slot_world world;
    std::uint16_t closed = 0;
    {
        const silent_server gone(world.context);
        closed = gone.port();
    }
    auto& server = world.serve();
    world.add_jobs(2);
    world.run([&]() -> asio::awaitable<void> {
        const auto hosts = equals({closed, server.port()});
        connection_slot slot(world.setup, world.home, world.jobs, 1, hosts, world.held);
        co_await slot.run();
        co_await settle_down();
    });

    CHECK(server.transactions.size() == 2);
    auto& opened = world.metrics.outbound.outbound_connections_opened_total;
    CHECK(opened(metrics::open_result::ok).value() == 1);
    CHECK(opened(metrics::open_result::error).value() == 1);
}

TEST_CASE("a race that is broken off proves nothing of anybody", "[slot][race]") {
    slot_world world;
    const silent_server silent(world.context);
    const silent_server other(world.context);
    const bool alone = GENERATE(false, true);
    world.add_jobs(1);
    world.run([&]() -> asio::awaitable<void> {
        const auto hosts = alone ? equals({silent.port()}) : equals({silent.port(), other.port()});
        connection_slot slot(world.setup, world.home, world.jobs, 1, hosts, world.held);
        net::task_group group(world.context.get_executor(), [](std::exception_ptr) {});
        group.spawn(slot.run());
        co_await settle_down();
        group.stop();
        co_await group.join();
        co_await settle_down();
    });

    CHECK(world.jobs.ends == 1);
    for (const auto& each : world.store.settled) {
        CHECK(each.finished.empty());
        CHECK_FALSE(each.bounce);
    }
    CHECK(world.store.settled.size() + world.jobs.unfinished.size() == 1);
}

TEST_CASE("a slot connects from the address of its route and says its name", "[slot][source]") {
    slot_world world;
    auto& server = world.serve();
    world.add_jobs(1);
    world.run([&]() -> asio::awaitable<void> {
        auto hosts = std::make_shared<route>(*route_to({server.port()}));
        hosts->key.source = asio::ip::make_address("127.0.0.5");
        hosts->name_v4 = "five.relay.test";
        connection_slot slot(world.setup, world.home, world.jobs, 1, hosts, world.held);
        co_await slot.run();
        co_await settle_down();
    });
    CHECK(server.heard("EHLO five.relay.test") == 1);
    CHECK(server.peers == std::vector<std::string>{"127.0.0.5"});
}

TEST_CASE("nothing is sent from another address than the one asked for", "[slot][source]") {
    slot_world world;
    auto& server = world.serve();
    world.add_jobs(1);
    world.run([&]() -> asio::awaitable<void> {
        auto hosts = std::make_shared<route>(*route_to({server.port()}));
        hosts->key.source = asio::ip::make_address("192.0.2.1");  // of no machine
        connection_slot slot(world.setup, world.home, world.jobs, 1, hosts, world.held);
        co_await slot.run();
        co_await settle_down();
    });
    CHECK(server.connections == 0);
    CHECK(world.jobs.reports == kinds{report::kind::unreachable});
    REQUIRE(world.store.settled.size() == 1);
    REQUIRE(world.store.settled.front().unfinished.size() == 1);
    CHECK(world.store.settled.front().unfinished.front().status == "4.3.5");
}

TEST_CASE("a server fails when none of its addresses is left", "[slot][race]") {
    slot_world world;
    std::uint16_t closed = 0;
    {
        const silent_server gone(world.context);
        closed = gone.port();
    }
    auto& server = world.serve();
    const bool has_another = GENERATE(false, true);
    world.add_jobs(1);
    auto hosts = std::make_shared<route>(*route_to({closed, server.port()}));
    world.run([&]() -> asio::awaitable<void> {
        auto& addresses = hosts->targets.front().addresses;
        addresses.push_back(asio::ip::make_address("127.0.0.7"));
        if (has_another) {
            // The second address of the first server answers.
            hosts->targets.front().port = server.port();
            addresses = {asio::ip::make_address("127.0.0.7"), asio::ip::address_v4::loopback()};
        }
        connection_slot slot(world.setup, world.home, world.jobs, 1, hosts, world.held);
        co_await slot.run();
        co_await settle_down();
    });
    CHECK(server.transactions.size() == 1);
    const auto first = world.standing.in_order(hosts, 0)->targets.front().name;
    CHECK(first == (has_another ? "mx1.test" : "mx2.test"));
}
