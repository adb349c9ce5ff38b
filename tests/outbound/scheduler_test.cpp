#include "relay/outbound/scheduler.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "tests/outbound/scheduler_world.hpp"

using namespace tests;
using world = scheduler_world;

TEST_CASE("a delivery finds its route, a connection, and its end", "[scheduler]") {
    world scene;
    scene.arrive(1, "example.com");
    REQUIRE(scene.lookups == std::vector<std::string>{"example.com"});
    scene.route("example.com", "mx");
    REQUIRE(scene.connections_to("mx") == 1);
    scene.open_all();
    REQUIRE(scene.jobs.size() == 1);
    CHECK(scene.jobs.begin()->second.id.value() == 1);

    const auto connection = scene.jobs.begin()->first;
    scene.ask(connection, kind::succeeded);
    CHECK(scene.subject.backlog().size() == 0);
    // The connection waits for more for a while, and then goes home.
    CHECK_FALSE(scene.gone.contains(connection));
    scene.pass(6s);
    CHECK(scene.gone.contains(connection));
    scene.end(connection);
    CHECK(scene.subject.connections() == 0);
}

TEST_CASE("mail that is not due waits, and comes when it is", "[scheduler]") {
    world scene;
    auto later = delivery_due(1, noon + 1h, 3);
    scene.subject.arrived({later}, scene.now());
    CHECK(scene.throttled(throttle::backoff) == 1);
    scene.pass(59min);
    CHECK(scene.lookups.empty());
    scene.pass(1min);
    CHECK(scene.lookups.size() == 1);
}

TEST_CASE("a domain is asked for once, whatever waits for it", "[scheduler]") {
    world scene;
    scene.arrive_many(50, "example.com");
    CHECK(scene.lookups.size() == 1);
    scene.no_route("example.com", outcome::failed);
    CHECK(scene.concluded.size() == 50);
}

TEST_CASE("a hundred thousand silent names leave room for new mail", "[scheduler]") {
    world scene;
    for (std::uint64_t id = 1; id <= 100'000; ++id)
        scene.arrive(id, "dead" + std::to_string(id) + ".test", 2);
    CHECK(scene.lookups.size() == 256);
    scene.arrive(100'001, "new.test");
    CHECK(scene.lookups.back() == "new.test");

    for (std::uint64_t id = 200'000; id < 201'000; ++id)
        scene.arrive(id, "dead" + std::to_string(id) + ".test");
    CHECK(scene.lookups.size() == 384);
    // Whoever is in use is asked for again at once.
    scene.route("new.test", "mx");
    scene.steady += 1min;
    scene.arrive(100'002, "new.test");
    CHECK(scene.lookups.back() == "new.test");
}

TEST_CASE("C060 a dead destination costs one connection for each pause", "[scheduler]") {
    world scene;
    scene.arrive_many(1000, "example.com");
    scene.route("example.com", "mx");
    scene.fail_all();
    CHECK(scene.suspensions == 1);
    CHECK(scene.concluded.empty());

    int probes = 0;
    for (int i = 0; i < 4; ++i) {
        scene.pass(61min);
        while (!scene.lookups.empty())
            scene.route("example.com", "mx");
        REQUIRE(scene.connecting.size() <= 1);
        if (scene.connecting.empty()) continue;
        ++probes;
        const auto connection = scene.connecting.begin()->first;
        scene.open_all();
        REQUIRE(scene.jobs.size() == 1);
        scene.end(connection, kind::unreachable);
    }
    CHECK(probes == 4);
    CHECK(scene.throttled(throttle::suspended) > 0);
}

TEST_CASE("a dead destination comes back at once when a probe succeeds", "[scheduler]") {
    world scene;
    scene.arrive_many(100, "example.com");
    scene.route("example.com", "mx");
    scene.fail_all();
    CHECK(scene.subject.backlog().sum(queue::backlog::state::deferred).deliveries >= 90);
    scene.pass(10min);
    scene.route("example.com", "mx");
    scene.open_all();
    REQUIRE(scene.jobs.size() == 1);
    scene.ask(scene.jobs.begin()->first, kind::succeeded);
    CHECK(scene.resumptions == 1);
    CHECK(scene.jobs.size() + scene.connecting.size() > 1);
    CHECK(scene.subject.backlog().sum(queue::backlog::state::deferred).deliveries == 0);
}

TEST_CASE("mail of a dead destination follows its domain to another one", "[scheduler]") {
    world scene;
    scene.arrive_many(10, "example.com");
    scene.route("example.com", "old");
    scene.fail_all();
    scene.pass(10min);
    scene.route("example.com", "new");
    CHECK(scene.connections_to("old") == 0);
    CHECK(scene.connections_to("new") > 0);
}

TEST_CASE("mail that expires while its destination is dead is concluded", "[scheduler]") {
    auto limits = world::usual();
    limits.max_queue_time = 3h;
    world scene(limits);
    scene.arrive_many(10, "example.com");
    scene.route("example.com", "mx");
    for (int i = 0; i < 8; ++i) {
        scene.fail_all();
        scene.pass(1h);
        while (!scene.lookups.empty())
            scene.route("example.com", "mx");
        scene.fail_all();
    }
    REQUIRE_FALSE(scene.concluded.empty());
    CHECK(scene.concluded.front().second.diagnostic == "connection refused");
    CHECK(scene.subject.backlog().size() == scene.concluded.size());
}

TEST_CASE("R4 what waits for a worker until its time is over is tried once", "[scheduler]") {
    auto limits = world::usual();
    limits.max_queue_time = 1h;
    const bool idle = GENERATE(false, true);  // the connections that hold every worker
    limits.connection_idle = idle ? 24h : 5s;
    world scene(limits);
    const auto name = [](std::uint64_t id) { return "d" + std::to_string(id); };
    for (std::uint64_t id = 1; id <= 40; ++id) {
        scene.arrive(id, name(id) + ".test");
        scene.route(name(id) + ".test", name(id));
    }
    scene.open_all();
    const auto begun = scene.jobs.size();
    REQUIRE(begun > 0);
    REQUIRE(begun <= limits.workers);
    scene.pass(2h);
    while (!scene.jobs.empty()) {
        const auto connection = scene.jobs.begin()->first;
        idle ? scene.ask(connection, kind::succeeded) : scene.end(connection, kind::succeeded);
        for (const auto each : std::set(scene.gone))
            scene.end(each);
        scene.open_all();
    }
    CHECK(scene.handed_out.size() == 40);
    CHECK(std::set(scene.handed_out.begin(), scene.handed_out.end()).size() == 40);
    CHECK(scene.concluded.empty());
    CHECK(scene.subject.backlog().size() == 0);
}

TEST_CASE("a slow destination does not take every worker", "[scheduler]") {
    auto limits = world::usual();
    limits.destination_concurrency = 100;
    world scene(limits);
    scene.arrive_many(100, "slow.test");
    scene.route("slow.test", "slow");
    CHECK(scene.connections_to("slow") <= 4);

    scene.arrive(1000, "quick.test");
    scene.route("quick.test", "quick");
    CHECK(scene.connections_to("quick") == 1);
}

TEST_CASE("a smarthost may have every worker", "[scheduler]") {
    auto limits = world::usual();
    limits.destination_concurrency = 100;
    world scene(limits, relayhost());
    for (std::uint64_t id = 1; id <= 100; ++id)
        scene.arrive(id, "domain" + std::to_string(id) + ".test");
    REQUIRE(scene.lookups.size() == 1);
    scene.route("", "smarthost");
    for (int i = 0; i < 200; ++i) {
        scene.open_all();
        if (scene.jobs.empty()) break;
        scene.ask(scene.jobs.begin()->first, kind::succeeded);
    }
    CHECK(scene.handed_out.size() == 100);
}

TEST_CASE("workers go to destinations in turn, urgent mail first", "[scheduler]") {
    world scene;
    for (std::uint64_t id = 1; id <= 20; ++id) {
        const auto name = "d" + std::to_string(id);
        scene.arrive(id, name);
        scene.route(name, name);
    }
    CHECK(scene.throttled(throttle::workers) > 0);
    auto urgent = delivery_due(99, noon);
    urgent.domain = "urgent";
    urgent.priority = queue::priority::urgent;
    scene.subject.arrived({urgent}, scene.now());
    scene.route("urgent", "urgent");
    CHECK(scene.connections_to("urgent") == 0);
    scene.end(scene.connecting.begin()->first, kind::unreachable);
    CHECK(scene.connections_to("urgent") == 1);
}

TEST_CASE("connections without work give way to destinations that have none", "[scheduler]") {
    world scene;
    for (std::uint64_t id = 1; id <= 6; ++id) {  // a quarter of eight workers is kept
        const auto name = "kept" + std::to_string(id);
        scene.arrive(id, name);
        scene.route(name, name);
        scene.open_all();
        scene.ask(scene.jobs.begin()->first, kind::succeeded);
        scene.pass(10ms);
    }
    REQUIRE(scene.gone.empty());

    scene.arrive(9, "new");
    scene.route("new", "new");
    CHECK(scene.connections_to("new") == 0);
    REQUIRE(
        scene.gone == std::set<connection_id>{1}
    );  // one for one: that which was idle for longest
    scene.end(1);
    CHECK(scene.connections_to("new") == 1);
    CHECK(scene.gone.empty());
    CHECK(scene.subject.connections() == 6);
}

TEST_CASE("nothing is handed out while the queue is closed", "[scheduler]") {
    world scene;
    scene.arrive(1, "example.com");
    scene.route("example.com", "mx");
    scene.subject.set_open(false, scene.now());
    scene.arrive(2, "example.com");
    scene.open_all();
    CHECK(scene.jobs.empty());
    scene.subject.set_open(true, scene.now());
    scene.pass(1s);
    CHECK(scene.jobs.size() == 1);
}

TEST_CASE("a removed message is not tried any more", "[scheduler]") {
    world scene;
    scene.arrive_many(9, "example.com");
    scene.subject.arrived({delivery_due(10, noon + 1h, 1)}, scene.now());
    scene.route("example.com", "mx");
    std::vector<queue::removal> removed;
    for (std::uint64_t id = 2; id <= 10; ++id)
        removed.push_back({.id = queue::message_id(id), .message_gone = true});
    scene.subject.removed(std::move(removed));
    scene.open_all();
    scene.pass(2h);
    CHECK(scene.handed_out == std::vector<std::uint64_t>{1});
    CHECK(scene.subject.backlog().size() == 1);
}

TEST_CASE("recipients that were removed are not tried", "[scheduler]") {
    world scene;
    auto several = delivery_due(1, noon + 1h, 1);
    several.recipients = {0, 2, 5, 7};
    auto other = delivery_due(1, noon + 1h, 1);
    other.recipients = {1, 3};
    other.entry = tests::entry_at(noon + 1h, 1);
    scene.subject.arrived({several}, scene.now());
    scene.subject.arrived({other}, scene.now());
    scene.subject.removed({
        {.id = several.id,
         .entry = several.entry,
         .left = {2, 7},
         .left_entry = tests::entry_at(noon + 1h, 2)},
        {.id = other.id, .entry = other.entry},
    });
    CHECK(scene.subject.backlog().sum(queue::backlog::state::deferred).recipients == 2);
    scene.pass(1h);
    scene.route("example.com", "mx");
    scene.open_all();
    REQUIRE(scene.jobs.size() == 1);
    CHECK(scene.jobs.begin()->second.recipients == std::vector<std::uint32_t>{2, 7});
    CHECK(scene.subject.backlog().size() == 1);
}

TEST_CASE("mail that an operator flushes is tried at once", "[scheduler]") {
    world scene;
    auto later = delivery_due(1, noon + 1h, 3);
    scene.subject.arrived({later}, scene.now());
    auto sooner = later;
    sooner.due = noon;
    scene.subject.moved({sooner}, scene.now());
    CHECK(scene.lookups.size() == 1);
    scene.route("example.com", "mx");
    scene.open_all();
    REQUIRE(scene.jobs.size() == 1);
    CHECK(scene.jobs.begin()->second.entry == later.entry);
}

TEST_CASE("a flush sends a probe to a destination that is left alone", "[scheduler]") {
    world scene;
    scene.arrive_many(5, "example.com");
    scene.route("example.com", "mx");
    scene.fail_all();
    scene.pass(1min);
    CHECK(scene.connecting.empty());
    auto moved = delivery_due(5, noon);
    moved.domain = "example.com";
    scene.subject.moved({moved}, scene.now());
    scene.pass(10ms);
    if (!scene.lookups.empty()) scene.route("example.com", "mx");
    CHECK(scene.connections_to("mx") == 1);
}

TEST_CASE("a message tells why it is still here", "[scheduler]") {
    world scene;
    scene.arrive(1, "example.com");
    auto later = delivery_due(2, noon + 1h, 3);
    scene.subject.arrived({later}, scene.now());
    const auto explain = [&](std::uint64_t id) {
        const auto all = scene.subject.explain(queue::message_id(id), scene.now());
        REQUIRE(all.size() == 1);
        return all.front();
    };
    CHECK(explain(2).withheld == throttle::backoff);
    CHECK(explain(2).until == noon + 1h);
    CHECK(explain(2).attempts == 3);

    scene.route("example.com", "mx");
    const auto connection = scene.connecting.begin()->first;
    scene.open_all();
    CHECK(explain(1).state == queue::backlog::state::active);
    CHECK_FALSE(explain(1).withheld);

    scene.arrive(3, "example.com");
    scene.arrive(4, "example.com");
    scene.end(connection, kind::unreachable);
    scene.fail_all();
    const auto suspended = explain(4);
    CHECK(suspended.withheld == throttle::suspended);
    CHECK(suspended.site == "mx");
    CHECK(suspended.last_trouble == "connection refused");
    REQUIRE(suspended.until);
    CHECK(*suspended.until > scene.wall);
    CHECK(scene.subject.explain(queue::message_id(77), scene.now()).empty());
}

TEST_CASE("a configured rate holds mail back, and says so", "[scheduler]") {
    auto limits = world::usual();
    REQUIRE_FALSE(config::rate_rules::read("example.com=1/s", limits.destination_rate));
    world scene(limits);
    scene.arrive_many(10, "example.com");
    scene.route("example.com", "mx");
    for (int i = 0; i < 40; ++i) {
        scene.open_all();
        while (!scene.jobs.empty())
            scene.ask(scene.jobs.begin()->first, kind::succeeded);
        scene.pass(100ms);
    }
    CHECK(scene.handed_out.size() >= 4);
    CHECK(scene.handed_out.size() <= 5);
    CHECK(scene.throttled(throttle::rate) > 0);
    const auto all = scene.subject.explain(queue::message_id(10), scene.now());
    REQUIRE(all.size() == 1);
    CHECK(all.front().withheld == throttle::rate);
    CHECK(all.front().site == "mx (example.com)");

    // Another domain of the same hosts has no such rate.
    scene.arrive(100, "example.net");
    scene.route("example.net", "mx");
    CHECK(scene.connections_to("mx") == 1);
}

TEST_CASE("a destination without mail is forgotten in time", "[scheduler]") {
    world scene;
    scene.arrive(1, "example.com");
    scene.route("example.com", "mx");
    const auto connection = scene.connecting.begin()->first;
    scene.open_all();
    scene.ask(connection, kind::succeeded);
    scene.pass(10s);
    scene.end(connection);
    CHECK(scene.subject.destinations() == 1);
    scene.pass(11min);
    CHECK(scene.subject.destinations() == 0);
}

TEST_CASE("a relayhost gets all domains of a message at once, others one domain", "[scheduler]") {
    auto limits = world::usual();
    const bool together = GENERATE(true, false);
    world scene(limits, together ? relayhost() : route_table());
    std::vector<queue::delivery> parts;
    for (const auto* domain : {"a.example", "b.example", "c.example"}) {
        auto part = delivery_due(7, noon, 0);
        part.domain = domain;
        part.recipients = {static_cast<std::uint32_t>(parts.size())};
        parts.push_back(std::move(part));
    }
    parts.push_back(delivery_due(8, noon, 0));
    parts.back().domain = "a.example";
    scene.subject.arrived(std::move(parts), scene.now());
    const auto lookups = scene.lookups;
    for (const auto& each : lookups)
        scene.route(each, "hub");
    scene.open_all();
    if (together) {
        CHECK(lookups == std::vector<std::string>{""});
        CHECK(scene.handed_out == std::vector<std::uint64_t>{7, 7, 7, 8});
        CHECK(scene.together == std::vector<std::size_t>{3, 1});
    }
    while (!scene.jobs.empty()) {
        scene.ask(scene.jobs.begin()->first, kind::succeeded);
        scene.open_all();
    }
    if (!together) CHECK(scene.together == std::vector<std::size_t>{1, 1, 1, 1});
    CHECK(scene.subject.backlog().size() == 0);
}

TEST_CASE("F13 a clock that is set back delays nothing", "[scheduler]") {
    world scene;
    scene.subject.arrived({delivery_due(1, scene.wall + 10min, 1)}, scene.now());
    scene.pass(1min);
    scene.wall -= 24h;
    scene.pass(8min);
    CHECK(scene.lookups.empty());
    scene.pass(2min);
    CHECK(scene.lookups.size() == 1);

    // What a store wrote a moment before it was set back.
    scene.subject.arrived({delivery_due(2, scene.wall + 24h, 0)}, scene.now());
    CHECK(scene.subject.backlog().size() == 2);
    CHECK(scene.lookups.size() == 1);  // the same domain: it is ready
    scene.route(scene.lookups.front(), "mx");
    scene.open_all();
    CHECK(scene.handed_out.size() == 2);
    scene.subject.arrived({delivery_due(3, scene.wall + 24h, 1)}, scene.now());
    scene.pass(world::usual().retry_min + 1s);
    const auto told = scene.subject.explain(queue::message_id(3), scene.now());
    CHECK(told.front().state == queue::backlog::state::ready);
}

TEST_CASE("F13 a clock that is set forward makes mail come early", "[scheduler]") {
    world scene;
    scene.subject.arrived({delivery_due(1, scene.wall + 10min, 1)}, scene.now());
    scene.wall += 24h;
    scene.pass(1s);
    CHECK(scene.lookups.size() == 1);
}

TEST_CASE("a rule that ends some mail tells nothing of its destination", "[scheduler]") {
    auto limits = world::usual();
    limits.max_queue_time = 1h;
    world scene(limits);
    for (std::uint64_t id = 1; id <= 200; ++id)
        scene.arrive(id, id % 2 == 0 ? "a.example" : "b.example");
    scene.route("a.example", {.site = "mx"});
    scene.route("b.example", {.site = "mx"});
    scene.fail_all();
    for (int i = 0; i < 600 && scene.lookups.empty(); ++i) {
        scene.pass(1s);
        scene.fail_all();
    }
    REQUIRE(scene.lookups.size() == 1);
    REQUIRE(scene.concluded.empty());
    const auto waiting = scene.subject.backlog().size();

    scene.no_route(scene.lookups.front(), outcome::delivered);
    const auto ended = scene.concluded.size();
    CHECK(ended > 0);
    CHECK(ended < waiting);
    for (const auto& [slot, meaning] : scene.concluded)
        CHECK(meaning.outcome == outcome::delivered);

    scene.lookups.clear();
    scene.pass(2h);
    CHECK(scene.concluded.size() > ended);
    for (std::size_t i = ended; i < scene.concluded.size(); ++i) {
        CHECK(scene.concluded[i].second.outcome == outcome::deferred);
        CHECK(scene.concluded[i].second.diagnostic == "connection refused");
    }
}
