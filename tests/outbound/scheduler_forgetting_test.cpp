// Routes that are forgotten because a reload asks more of TLS: what becomes of the mail on its way.
#include "relay/outbound/scheduler.hpp"
#include "tests/outbound/scheduler_world.hpp"

using namespace tests;
using world = scheduler_world;

TEST_CASE("no mail goes by a route that was forgotten", "[scheduler]") {
    world scene;
    scene.arrive_many(20, "example.com");
    scene.route("example.com", "mx");
    scene.open_all();
    const auto under_way = scene.handed_out.size();
    REQUIRE(under_way > 0);
    REQUIRE(under_way < 20);
    scene.subject.forget_routes();
    REQUIRE(scene.lookups.size() == 1);
    while (!scene.jobs.empty())
        scene.ask(scene.jobs.begin()->first, kind::succeeded);
    CHECK(scene.handed_out.size() == under_way);

    SECTION("it waits for the answer") {
        scene.route("example.com", "strict");
        scene.open_all();
        CHECK(scene.handed_out.size() > under_way);
        for (const auto& [connection, job] : scene.jobs)
            CHECK(scene.names.at(connection) == "strict");
    }
    SECTION("and for the next attempt if there is none") {
        scene.no_route("example.com", outcome::deferred);
        CHECK(scene.concluded.size() == 20 - under_way);
        CHECK(scene.handed_out.size() == under_way);
    }
}

TEST_CASE("a route that is being found when all are forgotten is found anew", "[scheduler]") {
    world scene;
    scene.arrive(1, "example.com");
    scene.subject.forget_routes();
    scene.route("example.com", "old");
    CHECK(scene.connecting.empty());
    scene.route("example.com", "new");
    CHECK(scene.connections_to("new") == 1);
}

TEST_CASE("domains that shared a forgotten destination are looked up each", "[scheduler]") {
    world scene;
    scene.arrive_many(10, "a.example");
    scene.route("a.example", "mx");
    scene.arrive(11, "b.example");
    scene.route("b.example", "mx");
    scene.subject.forget_routes();
    scene.route("a.example", "mx");
    for (int i = 0; i < 20; ++i) {
        scene.open_all();
        while (!scene.jobs.empty())
            scene.ask(scene.jobs.begin()->first, kind::succeeded);
    }
    CHECK(scene.handed_out.size() == 10);
    scene.route("b.example", "mx");
    scene.open_all();
    CHECK(scene.handed_out.size() == 11);
}
