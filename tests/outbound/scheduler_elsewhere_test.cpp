// Relays that share a queue tell each other which destinations can't be reached.
#include <string>
#include <vector>

#include "relay/outbound/trouble_elsewhere.hpp"
#include "tests/outbound/scheduler_world.hpp"

using namespace tests;

namespace {

struct shared_world : scheduler_world {
    using scheduler_world::scheduler_world;

    void hear_trouble(const std::string& destination, std::chrono::milliseconds pause) {
        subject.heard(
            {.trouble =
                 {{.destination = destination, .because = "connection refused", .pause = pause}}},
            now()
        );
    }
    void hear_limits(const std::string& destination, found_limits found) {
        subject.heard(
            {.limits = {{.destination = destination, .found = found, .left = limits_told_for}}},
            now()
        );
    }
    void hear_end(const std::string& destination) {
        subject.heard({.trouble = {{.destination = destination}}}, now());
    }
    // A message to a domain whose hosts have its name.
    void send(std::uint64_t id, const std::string& site) {
        arrive(id, site + ".test");
        find_routes(site);
        open_all();
    }
    void find_routes(const std::string& site) {
        if (!lookups.empty()) route(site + ".test", site);
    }
    // It is taken, and the connection ends.
    void deliver_one(std::uint64_t id, const std::string& site) {
        send(id, site);
        REQUIRE(jobs.size() == 1);
        end(jobs.begin()->first, kind::succeeded);
    }
};

}  // namespace

TEST_CASE("what another relay can't reach is not tried until its pause is over", "[scheduler]") {
    shared_world scene;
    scene.hear_trouble("mx", 10min);
    scene.send(1, "mx");
    CHECK(scene.jobs.empty());
    CHECK(scene.connecting.empty());
    CHECK(scene.suspensions == 0);  // it is not our own finding
    scene.pass(1s);
    REQUIRE(scene.told.size() == 1);
    CHECK(scene.told.front().second.reason == "another relay of the queue: connection refused");
    scene.pass(9min);
    CHECK(scene.connecting.empty());
    scene.pass(2min);
    scene.find_routes("mx");
    CHECK(scene.connecting.size() == 1);
    scene.open_all();
    REQUIRE(scene.jobs.size() == 1);

    SECTION("the probe succeeds") {
        scene.end(scene.jobs.begin()->first, kind::succeeded);
        CHECK(scene.resumptions == 1);
        scene.hear_trouble("mx", 10min);  // our own word counts
        scene.arrive(2, "mx.test");
        scene.open_all();
        CHECK(scene.jobs.size() == 1);
    }
    SECTION("the probe fails") {
        scene.fail_all();
        CHECK(scene.suspensions == 1);
    }
}

TEST_CASE("who hears of trouble while its own attempt is under way learns by that", "[scheduler]") {
    shared_world scene;
    scene.arrive(1, "mx.test");
    scene.route("mx.test", "mx");
    scene.hear_trouble("mx", 10min);
    scene.fail_all();
    CHECK(scene.suspensions == 0);
    CHECK(scene.connecting.empty());
}

TEST_CASE("what another relay reaches again is tried at once", "[scheduler]") {
    shared_world scene;
    scene.hear_trouble("mx", 1h);
    scene.send(1, "mx");
    CHECK(scene.jobs.empty());
    scene.pass(1min);
    scene.hear_end("mx");
    scene.pass(1s);
    scene.find_routes("mx");
    scene.open_all();
    CHECK(scene.jobs.size() == 1);
}

TEST_CASE("who had a success there lately finds out by himself", "[scheduler]") {
    shared_world scene;
    scene.deliver_one(1, "mx");
    scene.pass(9min);
    scene.hear_trouble("mx", 1h);
    scene.arrive(2, "mx.test");
    scene.find_routes("mx");
    scene.open_all();
    CHECK(scene.jobs.size() == 1);
}

TEST_CASE("what was found here is not ended by others", "[scheduler]") {
    shared_world scene;
    scene.send(1, "mx");
    scene.fail_all();
    REQUIRE(scene.suspensions == 1);
    scene.arrive(2, "mx.test");
    scene.hear_end("mx");
    scene.hear_trouble("mx", 24h);
    scene.pass(1s);
    CHECK(scene.connecting.empty());
    CHECK(scene.lookups.empty());
    scene.pass(10min);  // its own pause is five minutes
    CHECK_FALSE((scene.lookups.empty() && scene.connecting.empty()));
}

TEST_CASE("a relay begins with the limits that another found", "[scheduler]") {
    shared_world scene;
    const bool is_known_before = GENERATE(true, false);
    if (is_known_before) scene.hear_limits("mx", {.connections = 1});
    for (std::uint64_t id = 1; id <= 9; ++id)
        scene.arrive(id, "mx.test");
    scene.find_routes("mx");
    if (!is_known_before) scene.hear_limits("mx", {.connections = 1});
    const auto views = scene.subject.view_destinations("", 10, scene.now());
    REQUIRE(views.size() == 1);
    CHECK(views.front().told == found_limits{.connections = 1});
    CHECK(views.front().learnt.connections == 1);
    CHECK(scene.connecting.size() == (is_known_before ? 1 : 2));

    SECTION("until it is over") {
        scene.pass(limits_told_for);
        CHECK(scene.subject.view_destinations("", 10, scene.now()).front().told.empty());
    }
    SECTION("or the finder says so") {
        scene.hear_limits("mx", {});
        CHECK(scene.subject.view_destinations("", 10, scene.now()).front().told.empty());
    }
}

TEST_CASE("limits that were found are told to others", "[scheduler]") {
    shared_world scene;
    scene.deliver_one(1, "mx");
    CHECK(scene.limits_told.empty());
    for (std::uint64_t id = 2; id <= 9; ++id)
        scene.arrive(id, "mx.test");
    scene.find_routes("mx");
    scene.open_all();
    REQUIRE(scene.jobs.size() >= 2);
    const auto serving = scene.jobs.begin()->first;
    const auto refused = scene.jobs.rbegin()->first;
    scene.ask(serving, kind::succeeded);
    scene.end(refused, kind::no_session);
    REQUIRE(scene.limits_told.size() == 1);
    CHECK(scene.limits_told.front().connections == 1);
}

TEST_CASE("only a relay that reaches anybody tells of trouble", "[scheduler]") {
    shared_world scene;
    scene.send(1, "mx");
    scene.fail_all();
    CHECK(scene.suspensions == 1);
    CHECK(scene.suspensions_told == 0);
    scene.deliver_one(2, "other");
    scene.send(3, "third");
    scene.fail_all();
    CHECK(scene.suspensions == 2);
    CHECK(scene.suspensions_told == 1);
}

TEST_CASE("a pause is taken over a little longer, and never for long", "[scheduler]") {
    CHECK(borrowed_pause(4min, 0) == 5min);
    CHECK(borrowed_pause(4min, 0.999) > 5min);
    CHECK(borrowed_pause(4min, 0.999) < 6min);
    CHECK(borrowed_pause(24h, 0) == 1125s);
}

TEST_CASE("what others have found is remembered within bounds", "[scheduler]") {
    const net::clock::time_point start{1h};
    using words = words_elsewhere<trouble_elsewhere>;
    words known;
    known.note("mx", {.until = start + 1min, .because = "refused"}, start);
    REQUIRE(known.at("mx", start) != nullptr);
    CHECK(known.at("mx", start)->because == "refused");
    CHECK(known.at("mx", start + 1min) == nullptr);
    CHECK(known.at("other", start) == nullptr);
    for (std::size_t i = 0; i < words::remembered_max; ++i)
        known.note(std::to_string(i), {.until = start + 2min, .because = {}}, start);
    CHECK(known.at(std::to_string(words::remembered_max - 1), start) == nullptr);
    // What is over makes room.
    known.note("late", {.until = start + 3min, .because = {}}, start + 1min);
    CHECK(known.at("late", start + 1min) != nullptr);
    known.forget("late");
    CHECK(known.at("late", start + 1min) == nullptr);
}
