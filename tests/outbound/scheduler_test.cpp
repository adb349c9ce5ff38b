#include "relay/outbound/scheduler.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "tests/outbound/scheduler_world.hpp"

using namespace tests;
using world = scheduler_world;

TEST_CASE("a delivery finds its route, a connection, and its end", "[scheduler]") {
    world now;
    now.arrive(1, "example.com");
    REQUIRE(now.lookups == std::vector<std::string>{"example.com"});
    now.route("example.com", "mx");
    REQUIRE(now.connections_to("mx") == 1);
    now.open_all();
    REQUIRE(now.jobs.size() == 1);
    CHECK(now.jobs.begin()->second.id.value() == 1);

    const auto which = now.jobs.begin()->first;
    now.ask(which, kind::succeeded);
    CHECK(now.subject.backlog().size() == 0);
    // The connection waits for more for a while, and then goes home.
    CHECK_FALSE(now.gone.contains(which));
    now.pass(6s);
    CHECK(now.gone.contains(which));
    now.end(which);
    CHECK(now.subject.connections() == 0);
}

TEST_CASE("mail that is not due waits, and comes when it is", "[scheduler]") {
    world now;
    auto later = delivery_due(1, noon + 1h, 3);
    now.subject.arrived({later}, now.now());
    CHECK(now.throttled(throttle::backoff) == 1);
    now.pass(59min);
    CHECK(now.lookups.empty());
    now.pass(1min);
    CHECK(now.lookups.size() == 1);
}

TEST_CASE("a domain is asked for once, whatever waits for it", "[scheduler]") {
    world now;
    now.arrive_many(50, "example.com");
    CHECK(now.lookups.size() == 1);
    now.no_route("example.com", outcome::failed);
    CHECK(now.concluded.size() == 50);
}

TEST_CASE("a hundred thousand silent names leave room for new mail", "[scheduler]") {
    world now;
    for (std::uint64_t id = 1; id <= 100'000; ++id)
        now.arrive(id, "dead" + std::to_string(id) + ".test", 2);
    CHECK(now.lookups.size() == 256);
    now.arrive(100'001, "new.test");
    CHECK(now.lookups.back() == "new.test");

    for (std::uint64_t id = 200'000; id < 201'000; ++id)
        now.arrive(id, "dead" + std::to_string(id) + ".test");
    CHECK(now.lookups.size() == 384);
    // Whoever is in use is asked for again at once.
    now.route("new.test", "mx");
    now.steady += 1min;
    now.arrive(100'002, "new.test");
    CHECK(now.lookups.back() == "new.test");
}

TEST_CASE("C060 a dead destination costs one connection for each pause", "[scheduler]") {
    world now;
    now.arrive_many(1000, "example.com");
    now.route("example.com", "mx");
    now.fail_all();
    CHECK(now.suspensions == 1);
    CHECK(now.concluded.empty());

    int probes = 0;
    for (int i = 0; i < 4; ++i) {
        now.pass(61min);
        while (!now.lookups.empty())
            now.route("example.com", "mx");
        REQUIRE(now.connecting.size() <= 1);
        if (now.connecting.empty()) continue;
        ++probes;
        const auto which = now.connecting.begin()->first;
        now.open_all();
        REQUIRE(now.jobs.size() == 1);
        now.end(which, kind::unreachable);
    }
    CHECK(probes == 4);
    CHECK(now.throttled(throttle::suspended) > 0);
}

TEST_CASE("a dead destination comes back at once when a probe succeeds", "[scheduler]") {
    world now;
    now.arrive_many(100, "example.com");
    now.route("example.com", "mx");
    now.fail_all();
    CHECK(now.subject.backlog().sum(queue::backlog::state::deferred).deliveries >= 90);
    now.pass(10min);
    now.route("example.com", "mx");
    now.open_all();
    REQUIRE(now.jobs.size() == 1);
    now.ask(now.jobs.begin()->first, kind::succeeded);
    CHECK(now.resumptions == 1);
    CHECK(now.jobs.size() + now.connecting.size() > 1);
    CHECK(now.subject.backlog().sum(queue::backlog::state::deferred).deliveries == 0);
}

TEST_CASE("mail of a dead destination follows its domain to another one", "[scheduler]") {
    world now;
    now.arrive_many(10, "example.com");
    now.route("example.com", "old");
    now.fail_all();
    now.pass(10min);
    now.route("example.com", "new");
    CHECK(now.connections_to("old") == 0);
    CHECK(now.connections_to("new") > 0);
}

TEST_CASE("mail that expires while its destination is dead is concluded", "[scheduler]") {
    auto limits = world::usual();
    limits.max_queue_time = 3h;
    world now(limits);
    now.arrive_many(10, "example.com");
    now.route("example.com", "mx");
    for (int i = 0; i < 8; ++i) {
        now.fail_all();
        now.pass(1h);
        while (!now.lookups.empty())
            now.route("example.com", "mx");
        now.fail_all();
    }
    REQUIRE_FALSE(now.concluded.empty());
    CHECK(now.concluded.front().second.diagnostic == "connection refused");
    CHECK(now.subject.backlog().size() == now.concluded.size());
}

TEST_CASE("R4 what waits for a worker until its time is over is tried once", "[scheduler]") {
    auto limits = world::usual();
    limits.max_queue_time = 1h;
    const bool idle = GENERATE(false, true);  // the connections that hold every worker
    limits.connection_idle = idle ? 24h : 5s;
    world now(limits);
    const auto name = [](std::uint64_t id) { return "d" + std::to_string(id); };
    for (std::uint64_t id = 1; id <= 40; ++id) {
        now.arrive(id, name(id) + ".test");
        now.route(name(id) + ".test", name(id));
    }
    now.open_all();
    const auto begun = now.jobs.size();
    REQUIRE(begun > 0);
    REQUIRE(begun <= limits.workers);
    now.pass(2h);
    while (!now.jobs.empty()) {
        const auto which = now.jobs.begin()->first;
        idle ? now.ask(which, kind::succeeded) : now.end(which, kind::succeeded);
        for (const auto each : std::set(now.gone))
            now.end(each);
        now.open_all();
    }
    CHECK(now.handed_out.size() == 40);
    CHECK(std::set(now.handed_out.begin(), now.handed_out.end()).size() == 40);
    CHECK(now.concluded.empty());
    CHECK(now.subject.backlog().size() == 0);
}

TEST_CASE("a slow destination does not take every worker", "[scheduler]") {
    auto limits = world::usual();
    limits.destination_concurrency = 100;
    world now(limits);
    now.arrive_many(100, "slow.test");
    now.route("slow.test", "slow");
    CHECK(now.connections_to("slow") <= 4);

    now.arrive(1000, "quick.test");
    now.route("quick.test", "quick");
    CHECK(now.connections_to("quick") == 1);
}

TEST_CASE("a smarthost may have every worker", "[scheduler]") {
    auto limits = world::usual();
    limits.destination_concurrency = 100;
    world now(limits, relayhost());
    for (std::uint64_t id = 1; id <= 100; ++id)
        now.arrive(id, "domain" + std::to_string(id) + ".test");
    REQUIRE(now.lookups.size() == 1);
    now.route("", "smarthost");
    for (int i = 0; i < 200; ++i) {
        now.open_all();
        if (now.jobs.empty()) break;
        now.ask(now.jobs.begin()->first, kind::succeeded);
    }
    CHECK(now.handed_out.size() == 100);
}

TEST_CASE("workers go to destinations in turn, urgent mail first", "[scheduler]") {
    world now;
    for (std::uint64_t id = 1; id <= 20; ++id) {
        const auto name = "d" + std::to_string(id);
        now.arrive(id, name);
        now.route(name, name);
    }
    CHECK(now.throttled(throttle::workers) > 0);
    auto urgent = delivery_due(99, noon);
    urgent.domain = "urgent";
    urgent.priority = queue::priority::urgent;
    now.subject.arrived({urgent}, now.now());
    now.route("urgent", "urgent");
    CHECK(now.connections_to("urgent") == 0);
    now.end(now.connecting.begin()->first, kind::unreachable);
    CHECK(now.connections_to("urgent") == 1);
}

TEST_CASE("connections without work give way to destinations that have none", "[scheduler]") {
    world now;
    for (std::uint64_t id = 1; id <= 6; ++id) {  // a quarter of eight workers is kept
        const auto name = "kept" + std::to_string(id);
        now.arrive(id, name);
        now.route(name, name);
        now.open_all();
        now.ask(now.jobs.begin()->first, kind::succeeded);
        now.pass(10ms);
    }
    REQUIRE(now.gone.empty());

    now.arrive(9, "new");
    now.route("new", "new");
    CHECK(now.connections_to("new") == 0);
    REQUIRE(
        now.gone == std::set<connection_id>{1}
    );  // one for one: that which was idle for longest
    now.end(1);
    CHECK(now.connections_to("new") == 1);
    CHECK(now.gone.empty());
    CHECK(now.subject.connections() == 6);
}

TEST_CASE("nothing is handed out while the queue is closed", "[scheduler]") {
    world now;
    now.arrive(1, "example.com");
    now.route("example.com", "mx");
    now.subject.set_open(false, now.now());
    now.arrive(2, "example.com");
    now.open_all();
    CHECK(now.jobs.empty());
    now.subject.set_open(true, now.now());
    now.pass(1s);
    CHECK(now.jobs.size() == 1);
}

TEST_CASE("a removed message is not tried any more", "[scheduler]") {
    world now;
    now.arrive_many(9, "example.com");
    now.subject.arrived({delivery_due(10, noon + 1h, 1)}, now.now());
    now.route("example.com", "mx");
    std::vector<queue::removal> removed;
    for (std::uint64_t id = 2; id <= 10; ++id)
        removed.push_back({.id = queue::message_id(id), .message_gone = true});
    now.subject.removed(std::move(removed));
    now.open_all();
    now.pass(2h);
    CHECK(now.handed_out == std::vector<std::uint64_t>{1});
    CHECK(now.subject.backlog().size() == 1);
}

TEST_CASE("recipients that were removed are not tried", "[scheduler]") {
    world now;
    auto several = delivery_due(1, noon + 1h, 1);
    several.recipients = {0, 2, 5, 7};
    auto other = delivery_due(1, noon + 1h, 1);
    other.recipients = {1, 3};
    other.entry = tests::entry_at(noon + 1h, 1);
    now.subject.arrived({several}, now.now());
    now.subject.arrived({other}, now.now());
    now.subject.removed({
        {.id = several.id,
         .entry = several.entry,
         .left = {2, 7},
         .left_entry = tests::entry_at(noon + 1h, 2)},
        {.id = other.id, .entry = other.entry},
    });
    CHECK(now.subject.backlog().sum(queue::backlog::state::deferred).recipients == 2);
    now.pass(1h);
    now.route("example.com", "mx");
    now.open_all();
    REQUIRE(now.jobs.size() == 1);
    CHECK(now.jobs.begin()->second.recipients == std::vector<std::uint32_t>{2, 7});
    CHECK(now.subject.backlog().size() == 1);
}

TEST_CASE("mail that an operator flushes is tried at once", "[scheduler]") {
    world now;
    auto later = delivery_due(1, noon + 1h, 3);
    now.subject.arrived({later}, now.now());
    auto sooner = later;
    sooner.due = noon;
    now.subject.moved({sooner}, now.now());
    CHECK(now.lookups.size() == 1);
    now.route("example.com", "mx");
    now.open_all();
    REQUIRE(now.jobs.size() == 1);
    CHECK(now.jobs.begin()->second.entry == later.entry);
}

TEST_CASE("a flush sends a probe to a destination that is left alone", "[scheduler]") {
    world now;
    now.arrive_many(5, "example.com");
    now.route("example.com", "mx");
    now.fail_all();
    now.pass(1min);
    CHECK(now.connecting.empty());
    auto moved = delivery_due(5, noon);
    moved.domain = "example.com";
    now.subject.moved({moved}, now.now());
    now.pass(10ms);
    if (!now.lookups.empty()) now.route("example.com", "mx");
    CHECK(now.connections_to("mx") == 1);
}

TEST_CASE("a message tells why it is still here", "[scheduler]") {
    world now;
    now.arrive(1, "example.com");
    auto later = delivery_due(2, noon + 1h, 3);
    now.subject.arrived({later}, now.now());
    const auto explain = [&](std::uint64_t id) {
        const auto all = now.subject.explain(queue::message_id(id), now.now());
        REQUIRE(all.size() == 1);
        return all.front();
    };
    CHECK(explain(2).withheld == throttle::backoff);
    CHECK(explain(2).until == noon + 1h);
    CHECK(explain(2).attempts == 3);

    now.route("example.com", "mx");
    const auto which = now.connecting.begin()->first;
    now.open_all();
    CHECK(explain(1).state == queue::backlog::state::active);
    CHECK_FALSE(explain(1).withheld);

    now.arrive(3, "example.com");
    now.arrive(4, "example.com");
    now.end(which, kind::unreachable);
    now.fail_all();
    const auto suspended = explain(4);
    CHECK(suspended.withheld == throttle::suspended);
    CHECK(suspended.site == "mx");
    CHECK(suspended.last_trouble == "connection refused");
    REQUIRE(suspended.until);
    CHECK(*suspended.until > now.wall);
    CHECK(now.subject.explain(queue::message_id(77), now.now()).empty());
}

TEST_CASE("a configured rate holds mail back, and says so", "[scheduler]") {
    auto limits = world::usual();
    REQUIRE_FALSE(config::rate_rules::read("example.com=1/s", limits.destination_rate));
    world now(limits);
    now.arrive_many(10, "example.com");
    now.route("example.com", "mx");
    for (int i = 0; i < 40; ++i) {
        now.open_all();
        while (!now.jobs.empty())
            now.ask(now.jobs.begin()->first, kind::succeeded);
        now.pass(100ms);
    }
    CHECK(now.handed_out.size() >= 4);
    CHECK(now.handed_out.size() <= 5);
    CHECK(now.throttled(throttle::rate) > 0);
    const auto all = now.subject.explain(queue::message_id(10), now.now());
    REQUIRE(all.size() == 1);
    CHECK(all.front().withheld == throttle::rate);
    CHECK(all.front().site == "mx (example.com)");

    // Another domain of the same hosts has no such rate.
    now.arrive(100, "example.net");
    now.route("example.net", "mx");
    CHECK(now.connections_to("mx") == 1);
}

TEST_CASE("a destination without mail is forgotten in time", "[scheduler]") {
    world now;
    now.arrive(1, "example.com");
    now.route("example.com", "mx");
    const auto which = now.connecting.begin()->first;
    now.open_all();
    now.ask(which, kind::succeeded);
    now.pass(10s);
    now.end(which);
    CHECK(now.subject.destinations() == 1);
    now.pass(11min);
    CHECK(now.subject.destinations() == 0);
}

TEST_CASE("a relayhost gets all domains of a message at once, others one domain", "[scheduler]") {
    auto limits = world::usual();
    const bool together = GENERATE(true, false);
    world now(limits, together ? relayhost() : route_table());
    std::vector<queue::delivery> parts;
    for (const auto* domain : {"a.example", "b.example", "c.example"}) {
        auto part = delivery_due(7, noon, 0);
        part.domain = domain;
        part.recipients = {static_cast<std::uint32_t>(parts.size())};
        parts.push_back(std::move(part));
    }
    parts.push_back(delivery_due(8, noon, 0));
    parts.back().domain = "a.example";
    now.subject.arrived(std::move(parts), now.now());
    const auto lookups = now.lookups;
    for (const auto& each : lookups)
        now.route(each, "hub");
    now.open_all();
    if (together) {
        CHECK(lookups == std::vector<std::string>{""});
        CHECK(now.handed_out == std::vector<std::uint64_t>{7, 7, 7, 8});
        CHECK(now.together == std::vector<std::size_t>{3, 1});
    }
    while (!now.jobs.empty()) {
        now.ask(now.jobs.begin()->first, kind::succeeded);
        now.open_all();
    }
    if (!together) CHECK(now.together == std::vector<std::size_t>{1, 1, 1, 1});
    CHECK(now.subject.backlog().size() == 0);
}

TEST_CASE("F13 a clock that is set back delays nothing", "[scheduler]") {
    world now;
    now.subject.arrived({delivery_due(1, now.wall + 10min, 1)}, now.now());
    now.pass(1min);
    now.wall -= 24h;
    now.pass(8min);
    CHECK(now.lookups.empty());
    now.pass(2min);
    CHECK(now.lookups.size() == 1);

    // What a store wrote a moment before it was set back.
    now.subject.arrived({delivery_due(2, now.wall + 24h, 0)}, now.now());
    CHECK(now.subject.backlog().size() == 2);
    CHECK(now.lookups.size() == 1);  // the same domain: it is ready
    now.route(now.lookups.front(), "mx");
    now.open_all();
    CHECK(now.handed_out.size() == 2);
    now.subject.arrived({delivery_due(3, now.wall + 24h, 1)}, now.now());
    now.pass(world::usual().retry_min + 1s);
    const auto told = now.subject.explain(queue::message_id(3), now.now());
    CHECK(told.front().state == queue::backlog::state::ready);
}

TEST_CASE("F13 a clock that is set forward makes mail come early", "[scheduler]") {
    world now;
    now.subject.arrived({delivery_due(1, now.wall + 10min, 1)}, now.now());
    now.wall += 24h;
    now.pass(1s);
    CHECK(now.lookups.size() == 1);
}
