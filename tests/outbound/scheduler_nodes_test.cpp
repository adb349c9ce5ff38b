// What a scheduler does of the limits that it shares with other nodes.
#include <memory>
#include <string>
#include <vector>

#include "tests/outbound/scheduler_world.hpp"

using namespace tests;

namespace {

// One relay of several, which all have the same mail to the same hosts.
struct fleet {
    explicit fleet(std::size_t nodes, scheduler_limits limits = scheduler_world::usual()) {
        for (std::size_t i = 0; i < nodes; ++i) {
            ids.push_back("node" + std::to_string(i));
            worlds.push_back(std::make_unique<scheduler_world>(limits));
        }
        share();
    }

    // Those that are left know each other.
    void share() {
        for (std::size_t i = 0; i < ids.size(); ++i) {
            auto others = ids;
            std::erase(others, ids[i]);
            worlds[i]->subject.set_nodes({ids[i], others}, worlds[i]->now());
        }
    }
    void die(std::size_t node) {
        const auto at = static_cast<std::ptrdiff_t>(node);
        ids.erase(ids.begin() + at);
        worlds.erase(worlds.begin() + at);
        share();
    }
    void arrive(std::uint64_t count, const std::string& domain, const std::string& site) {
        for (auto& each : worlds) {
            each->arrive_many(count, domain);
            each->route(domain, site);
        }
    }
    // Every connection opens and delivers, some times.
    void work(int rounds) {
        for (int i = 0; i < rounds; ++i) {
            for (auto& each : worlds) {
                each->open_all();
                auto done = each->jobs;
                for (const auto& [connection, job] : done)
                    each->ask(connection, kind::succeeded);
                end_gone(*each);
            }
        }
    }
    static void end_gone(scheduler_world& world) {
        while (!world.gone.empty())
            world.end(*world.gone.begin());
    }
    std::size_t connections() const {
        std::size_t sum = 0;
        for (const auto& each : worlds)
            sum += each->subject.connections();
        return sum;
    }

    std::vector<std::string> ids;
    std::vector<std::unique_ptr<scheduler_world>> worlds;
};

scheduler_limits limits_with(std::size_t concurrency) {
    auto limits = scheduler_world::usual();
    limits.workers = 100;
    limits.destination_concurrency = concurrency;
    return limits;
}

scheduler_limits limits_with_rate(const char* rate) {
    auto limits = limits_with(20);
    REQUIRE_FALSE(config::rate_rules::read(rate, limits.destination_rate));
    return limits;
}

// The one that has connections to `site`, or -1.
int owner_of(const fleet& all, const std::string& site) {
    int found = -1;
    for (std::size_t i = 0; i < all.worlds.size(); ++i) {
        if (all.worlds[i]->connections_to(site) == 0) continue;
        CHECK(found == -1);
        found = static_cast<int>(i);
    }
    return found;
}

}  // namespace

TEST_CASE("nodes together open as many connections as one may", "[scheduler][nodes]") {
    fleet all(3, limits_with(20));
    all.arrive(500, "a.test", "mx");
    all.work(30);
    CHECK(all.connections() == 20);
    for (const auto& each : all.worlds) {
        CHECK(each->subject.connections() >= 6);
        CHECK(each->subject.connections() <= 7);
    }
}

TEST_CASE("a node that comes gets its part, one that dies leaves it", "[scheduler][nodes]") {
    fleet all(1, limits_with(7));
    all.arrive(400, "a.test", "mx");
    all.work(20);
    CHECK(all.connections() == 7);

    all.ids.emplace_back("newcomer");
    all.worlds.push_back(std::make_unique<scheduler_world>(limits_with(7)));
    all.share();
    all.work(2);
    CHECK(all.connections() <= 4);
    all.worlds.back()->arrive_many(200, "a.test");
    all.worlds.back()->route("a.test", "mx");
    all.work(20);
    CHECK(all.connections() == 7);

    all.die(0);
    all.work(20);
    CHECK(all.connections() == 7);
}

TEST_CASE("connections without work end when the part grows smaller", "[scheduler][nodes]") {
    fleet all(1, limits_with(6));
    all.arrive(6, "a.test", "mx");
    auto& world = *all.worlds.front();
    all.work(10);
    const auto before = world.subject.connections();
    REQUIRE(before >= 2);
    world.subject.set_nodes({"node0", {"a", "b", "c", "d", "e"}}, world.now());
    CHECK(world.gone.size() == before - 1);
}

TEST_CASE("of one connection for all, one node has it", "[scheduler][nodes]") {
    fleet all(3, limits_with(1));
    all.arrive(5, "a.test", "mx");
    const auto owner = owner_of(all, "mx");
    REQUIRE(owner >= 0);
    for (std::size_t i = 0; i < 3; ++i) {
        auto& world = *all.worlds[i];
        const bool is_owner = static_cast<int>(i) == owner;
        CHECK(world.given_back.size() == (is_owner ? 0 : 5));
        CHECK(world.subject.backlog().size() == (is_owner ? 5 : 0));
        const auto left_out = world.subject.left_to_others(world.now());
        CHECK(
            left_out == (is_owner ? std::vector<std::string>() : std::vector<std::string>{"a.test"})
        );
        // Routes change.
        world.steady += 1min;
        CHECK(world.subject.left_to_others(world.now()).empty());
    }

    // Another one has it when that node is gone, and claims again what it left to it.
    all.die(static_cast<std::size_t>(owner));
    all.arrive(5, "a.test", "mx");
    CHECK(owner_of(all, "mx") >= 0);
}

TEST_CASE("a node that loses its only connection gives back what it has not tried", "[nodes]") {
    scheduler_world world(limits_with(1));
    world.arrive_many(5, "a.test");
    world.route("a.test", "mx");
    world.open_all();
    REQUIRE(world.jobs.size() == 1);
    // Some name has the connection.
    for (int i = 0; world.given_back.empty(); ++i) {
        REQUIRE(i < 100);
        world.subject.set_nodes({"self", {"other" + std::to_string(i)}}, world.now());
    }
    CHECK(world.given_back.size() == 4);
    CHECK(world.subject.backlog().size() == 1);
    const auto connection = world.jobs.begin()->first;
    world.ask(connection, kind::succeeded);
    CHECK(world.gone.contains(connection));
    world.end(connection);
    CHECK(world.subject.connections() == 0);
    // The destination is forgotten in time, as any other.
    world.pass(11min);
    CHECK(world.subject.destinations() == 0);
}

TEST_CASE("nodes together keep a rate", "[scheduler][nodes]") {
    struct sample {
        const char* rate;
        std::size_t nodes;
        std::uint64_t in_a_minute;
    };
    for (const auto& [rate, nodes, in_a_minute] : {
             sample{"2/s", 3, 120},
             sample{"30/min", 4, 30},
             sample{"1/min", 3, 1},
             sample{"100/s", 3, 6000},
         }) {
        CAPTURE(rate, nodes);
        fleet all(nodes, limits_with_rate(rate));
        all.arrive(20'000 / nodes, "a.test", "mx");
        constexpr int minutes = 3;
        std::size_t sum = 0;
        for (auto& world : all.worlds) {
            const auto end = world->steady + std::chrono::minutes(minutes);
            while (world->steady < end) {
                world->open_all();
                while (!world->jobs.empty())
                    world->ask(world->jobs.begin()->first, kind::succeeded);
                fleet::end_gone(*world);
                const auto step = std::min<net::clock::duration>(
                    world->subject.until_next(world->now()), end - world->steady
                );
                world->pass(std::chrono::ceil<std::chrono::milliseconds>(step));
            }
            CHECK_FALSE(world->handed_out.empty());
            sum += world->handed_out.size();
        }
        // The first of the next period may be among them, and of 10/s and more a burst.
        CHECK(sum <= minutes * in_a_minute + nodes + in_a_minute / 500 * nodes);
        CHECK(sum >= minutes * in_a_minute * 95 / 100);
    }
}

TEST_CASE("what all nodes may have is told beside one's own part", "[scheduler][nodes]") {
    fleet all(3, limits_with_rate("10/s"));
    all.arrive(5, "a.test", "mx");
    std::uint64_t connections = 0;
    std::uint64_t count = 0;
    for (const auto& each : all.worlds) {
        const auto views = each->subject.view_destinations("", 10, each->now());
        REQUIRE(views.size() == 1);
        const auto& learnt = views.front().learnt;
        CHECK(learnt.nodes == 3);
        CHECK(learnt.connections_of_all == 20);
        CHECK(learnt.rate_of_all == config::rate{10, 1s});
        REQUIRE(learnt.rate);
        connections += learnt.connections_max;
        count += learnt.rate->count;
    }
    CHECK(connections == 20);
    CHECK(count == 10);
}
