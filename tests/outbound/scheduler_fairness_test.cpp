// Whom a refusal holds up, who gets the next turn, and how mail ends that waits too long.
#include <algorithm>
#include <map>
#include <set>

#include "tests/outbound/scheduler_world.hpp"

using namespace tests;
using world = scheduler_world;

namespace {

void arrive_from(
    world& scene,
    std::uint64_t id,
    const std::string& sender,
    queue::priority priority = queue::priority::normal,
    std::uint32_t attempts = 0
) {
    auto made = delivery_due(id, scene.wall, attempts);
    made.received_at = scene.wall;
    made.tenant = sender;
    made.priority = priority;
    scene.subject.arrived({std::move(made)}, scene.now());
}

// Lets the destination answer for a while: what the sender's jobs end in.
template <class Answer>
std::map<std::string, int> play(world& scene, std::chrono::milliseconds time, Answer answer) {
    std::map<std::string, int> taken;
    for (auto passed = 0ms; passed < time; passed += 10ms) {
        scene.pass(10ms);
        while (!scene.lookups.empty())
            scene.route(scene.lookups.front(), "mx");
        while (!scene.gone.empty())
            scene.end(*scene.gone.begin());
        scene.open_all();
        const auto jobs = scene.jobs;
        for (const auto& [connection, job] : jobs) {
            const kind result = answer(job.tenant);
            if (result == kind::succeeded) ++taken[job.tenant];
            result == kind::succeeded ? scene.ask(connection, result)
                                      : scene.end(connection, result);
        }
    }
    return taken;
}

}  // namespace

TEST_CASE("H1 a tenant that is refused holds up nobody's mail", "[scheduler]") {
    auto limits = world::usual();
    world scene(limits, GENERATE(true, false) ? relayhost() : route_table());
    for (std::uint64_t id = 0; id < 2000; ++id) {
        arrive_from(scene, 2 * id + 1, "shop");
        arrive_from(scene, 2 * id + 2, "spammer");
    }
    int refused = 0;
    auto taken = play(scene, 20s, [&](const std::string& sender) {
        if (sender == "shop") return kind::succeeded;
        ++refused;
        return kind::refused;
    });
    CHECK(taken["shop"] == 2000);
    CHECK(refused < 60);
    const auto waiting = scene.subject.explain(queue::message_id(4000), scene.now());
    REQUIRE(waiting.size() == 1);
    CHECK(waiting.front().withheld == throttle::backoff);
}

TEST_CASE("H1 the probe after a rest is another tenant's message", "[scheduler]") {
    world scene;
    for (std::uint64_t id = 0; id < 100; ++id)
        arrive_from(scene, id + 1, "spammer");
    std::ignore = play(scene, 10s, [](const std::string&) { return kind::refused; });
    arrive_from(scene, 1000, "shop");
    const auto taken = play(scene, 50ms, [](const std::string& sender) {
        return sender == "shop" ? kind::succeeded : kind::refused;
    });
    CHECK(taken.size() == 1);
}

TEST_CASE("H1 mail of all waits where all are refused", "[scheduler]") {
    world scene;
    for (std::uint64_t id = 0; id < 300; ++id)
        arrive_from(scene, id + 1, "tenant" + std::to_string(id % 30));
    int refused = 0;
    std::ignore = play(scene, 20s, [&](const std::string&) {
        ++refused;
        return kind::refused;
    });
    CHECK(refused < 60);
}

TEST_CASE("D15 where a rate is the limit the next token is the urgent one's", "[scheduler]") {
    auto limits = world::usual();
    REQUIRE_FALSE(config::rate_rules::read("1/s", limits.destination_rate));
    world scene(limits);
    for (std::uint64_t id = 1; id <= 200; ++id) {
        arrive_from(
            scene, id, "shop", id % 2 == 0 ? queue::priority::bulk : queue::priority::normal
        );
    }
    const auto well = [](const std::string&) { return kind::succeeded; };
    std::ignore = play(scene, 5s, well);
    arrive_from(scene, 999, "shop", queue::priority::urgent);
    const auto before = scene.handed_out.size();
    std::ignore = play(scene, 1100ms, well);
    REQUIRE(scene.handed_out.size() > before);
    CHECK(scene.handed_out[before] == 999);
}

TEST_CASE("D15 senders take turns message by message", "[scheduler]") {
    auto limits = world::usual();
    REQUIRE_FALSE(config::rate_rules::read("1/s", limits.destination_rate));
    world scene(limits);
    for (std::uint64_t id = 1; id <= 100; ++id)
        arrive_from(scene, id, "newsletter");
    const auto well = [](const std::string&) { return kind::succeeded; };
    std::ignore = play(scene, 3s, well);
    arrive_from(scene, 999, "shop");
    const auto before = scene.handed_out.size();
    std::ignore = play(scene, 2100ms, well);
    const auto tokens = std::vector(
        scene.handed_out.begin() + static_cast<std::ptrdiff_t>(before), scene.handed_out.end()
    );
    CHECK(std::ranges::find(tokens, 999U) != tokens.end());
}

TEST_CASE("R4 mail that a rate holds is tried once when its time is over", "[scheduler]") {
    auto limits = world::usual();
    limits.max_queue_time = 20s;
    REQUIRE_FALSE(config::rate_rules::read("1/s", limits.destination_rate));
    world scene(limits);
    for (std::uint64_t id = 1; id <= 100; ++id)
        arrive_from(scene, id, "shop", queue::priority::normal, id > 50 ? 1 : 0);
    const auto taken = play(scene, 30s, [](const std::string&) { return kind::succeeded; });
    // Those that were tried before are given up, the others are tried scene.
    CHECK(taken.at("shop") + static_cast<int>(scene.concluded.size()) == 100);
    CHECK(scene.concluded.size() > 20);
    CHECK(scene.concluded.size() <= 50);
    CHECK(scene.concluded.front().second.diagnostic.find("RATE") != std::string::npos);
}

TEST_CASE("R4 mail that a rest holds ends with the server's words", "[scheduler]") {
    auto limits = world::usual();
    limits.max_queue_time = 20s;
    world scene(limits);
    for (std::uint64_t id = 1; id <= 200; ++id)
        arrive_from(scene, id, "shop", queue::priority::normal, 1);
    std::ignore = play(scene, 30s, [](const std::string&) { return kind::refused; });
    REQUIRE(scene.concluded.size() > 100);
    CHECK(scene.concluded.front().second.diagnostic == "connection refused");
    CHECK(scene.concluded.front().second.outcome == outcome::deferred);
}

TEST_CASE("mail that waits for a suspended destination is told once each", "[scheduler]") {
    world scene;
    scene.arrive_many(250, "example.com");
    scene.route("example.com", "mx");
    scene.fail_all();
    scene.pass(1s);
    std::set<std::uint64_t> names;
    for (const auto& [id, suspension] : scene.told) {
        CHECK(names.insert(id).second);
        CHECK(suspension.reason == "connection refused");
        CHECK(suspension.destination == "mx");
    }
    CHECK(names.size() >= 245);
    scene.arrive(300, "example.com");
    scene.pass(1s);
    CHECK(scene.told.back().first == 300);
}
