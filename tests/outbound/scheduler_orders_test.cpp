// What the scheduler does for an operator: what is held, taken out, tried at once.
#include "tests/outbound/scheduler_world.hpp"
#include "tests/support/route_rules.hpp"

using namespace tests;

namespace {

using place = scheduler::place;

struct ordered_world : scheduler_world {
    ordered_world() : scheduler_world(usual(), relayhost()) {}

    void arrive_held(std::uint64_t id) {
        auto made = delivery_due(id, wall);
        made.received_at = wall;
        made.terms = queue::delivery_terms{
            .hold = queue::operator_hold{.since = {}, .operator_name = "ann", .reason = {}}
        };
        subject.arrived({std::move(made)}, now());
    }
    std::vector<place> places() const {
        std::vector<place> all;
        subject.backlog().each([&](queue::backlog::slot item) {
            all.push_back({.item = item, .id = subject.backlog().id(item)});
        });
        return all;
    }
    std::size_t count(queue::backlog::state state) const {
        return subject.backlog().sum(state).deliveries;
    }
};

}  // namespace

TEST_CASE("what is held is not tried, however long it waits", "[outbound][scheduler][order]") {
    ordered_world world;
    world.arrive_held(1);
    world.pass(48h);
    CHECK(world.lookups.empty());
    CHECK(world.count(queue::backlog::state::held) == 1);
    const auto reasons = world.subject.explain(queue::message_id(1), world.now());
    REQUIRE(reasons.size() == 1);
    REQUIRE(reasons.front().hold);
    CHECK(reasons.front().hold->operator_name == "ann");
}

TEST_CASE("what is taken out for an order is not handed out", "[outbound][scheduler][order]") {
    ordered_world world;
    world.arrive(1, "a.example");     // waits for its route
    world.arrive(2, "a.example", 3);  // the same
    const auto taken = world.subject.withdraw(world.places());
    REQUIRE(taken.size() == 2);
    CHECK(world.count(queue::backlog::state::active) == 2);
    CHECK(world.subject.withdraw(world.places()).empty());  // once
    for (const auto& each : taken)
        world.subject.concluded(each.item);
    CHECK(world.subject.backlog().size() == 0);
}

TEST_CASE(
    "what waits for the route of earlier rules is taken out, too", "[outbound][scheduler][order]"
) {
    ordered_world world;
    world.arrive(1, "a.example");
    const auto lookup = world.lookups.front();
    route_definition hub{.name = "hub", .relayhosts = {{.host = "hub"}}};
    world.routes.update(route_table({}, {std::move(hub)}, rules_of("to=a.example -> hub")));
    const auto taken = world.subject.withdraw(world.places());
    REQUIRE(taken.size() == 1);
    world.subject.concluded(taken.front().item);
    // The answer comes when nothing waits for it any more.
    world.route(lookup, "mx.example");
    CHECK(world.subject.backlog().size() == 0);
    CHECK(world.connecting.empty());
}

TEST_CASE("a place whose delivery is gone is left out", "[outbound][scheduler][order]") {
    ordered_world world;
    world.arrive(1, "a.example");
    auto places = world.places();
    places.front().id = queue::message_id(7);  // its slot has another by now
    CHECK(world.subject.withdraw(places).empty());
    CHECK(world.subject.hasten(places, world.now()) == 0);
}

TEST_CASE(
    "what is hastened is due at once, but what is held stays", "[outbound][scheduler][order]"
) {
    ordered_world world;
    auto later = delivery_due(1, world.wall + 1h, 1);
    later.received_at = world.wall;
    world.subject.arrived({later}, world.now());
    world.arrive_held(2);
    CHECK(world.subject.hasten(world.places(), world.now()) == 1);
    CHECK(world.count(queue::backlog::state::ready) == 1);
    CHECK(world.count(queue::backlog::state::held) == 1);
}

TEST_CASE(
    "what is hastened while it waits for its time sends a probe to its destination",
    "[outbound][scheduler][order]"
) {
    ordered_world world;
    world.arrive_many(5, "a.example");
    world.route(world.lookups.front(), "mx");
    world.fail_all();
    world.pass(1min);
    auto later = delivery_due(9, world.wall + 1h, 1);
    later.domain = "a.example";
    later.received_at = world.wall;
    world.subject.arrived({later}, world.now());
    REQUIRE(world.connecting.empty());

    const auto is_later = [](const place& each) { return each.id == queue::message_id(9); };
    auto places = world.places();
    std::erase_if(places, [&](const place& each) { return !is_later(each); });
    SECTION("by an order for a place") {
        CHECK(world.subject.hasten(places, world.now()) == 1);
    }
    SECTION("by a flush of the store") {
        auto sooner = later;
        sooner.due = world.wall;
        world.subject.moved({sooner}, world.now());
    }
    world.pass(10ms);
    if (!world.lookups.empty()) world.route(world.lookups.front(), "mx");
    CHECK(world.connections_to("mx") == 1);
}
