// Mail that an operator has suspended is not tried, and nothing else waits for it.
#include <string>
#include <utility>
#include <vector>

#include "tests/outbound/scheduler_world.hpp"

using namespace tests;
using subject_of = suspension_subject;

namespace {

struct suspended_world : scheduler_world {
    using scheduler_world::scheduler_world;

    void suspend(suspension_subject kind_of_mail, std::string pattern, std::uint64_t number = 1) {
        in_force.push_back({
            .number = number,
            .subject = kind_of_mail,
            .pattern = std::move(pattern),
            .operator_name = "ann",
        });
        set();
    }
    void resume_all() {
        in_force.clear();
        set();
    }
    void set() {
        subject.set_suspensions(std::make_shared<const operator_suspensions>(in_force), now());
    }
    void arrive_from(std::uint64_t id, const std::string& domain, const std::string& sender) {
        auto made = delivery_due(id, wall);
        made.domain = domain;
        made.sender_domain = sender;
        made.received_at = wall;
        subject.arrived({std::move(made)}, now());
    }
    std::size_t in_state(queue::backlog::state state) {
        return subject.backlog().sum(state).deliveries;
    }
    std::vector<operator_suspension> in_force;
};

using world_of_orders = suspended_world;
constexpr auto deferred = queue::backlog::state::deferred;

}  // namespace

TEST_CASE("a destination that is suspended is passed over until it is resumed", "[scheduler]") {
    world_of_orders scene;
    scene.suspend(subject_of::destination, "m*");
    scene.arrive_many(3, "a.test");
    scene.route("a.test", "mx");
    scene.arrive(4, "b.test");
    scene.route("b.test", "other");
    scene.open_all();
    CHECK(scene.handed_out == std::vector<std::uint64_t>{4});
    CHECK(scene.in_state(deferred) == 3);
    scene.pass(2h);
    CHECK(scene.connections_to("mx") == 0);
    CHECK(scene.lookups.empty());

    const auto why = scene.subject.explain(queue::message_id(1), scene.now());
    REQUIRE(why.size() == 1);
    REQUIRE(why.front().suspended_by);
    CHECK(why.front().suspended_by->operator_name == "ann");
    CHECK_FALSE(why.front().withheld);

    scene.resume_all();
    scene.route("a.test", "mx");  // it is two hours old
    scene.open_all();
    scene.ask(scene.jobs.rbegin()->first, kind::succeeded);
    CHECK(scene.handed_out.size() == 4);
    CHECK(scene.in_state(deferred) == 0);
}

TEST_CASE("a destination can be suspended while it is busy", "[scheduler]") {
    world_of_orders scene;
    scene.arrive_many(20, "a.test");
    scene.route("a.test", "mx");
    scene.open_all();
    const auto under_way = scene.handed_out.size();
    REQUIRE(under_way > 0);
    scene.suspend(subject_of::destination, "mx");
    while (!scene.jobs.empty())
        scene.ask(scene.jobs.begin()->first, kind::succeeded);
    CHECK(scene.handed_out.size() == under_way);
    scene.pass(1min);  // idle connections go home
    while (!scene.gone.empty())
        scene.end(*scene.gone.begin());
    CHECK(scene.subject.connections() == 0);
    CHECK(scene.in_state(deferred) == 20 - under_way);
    scene.resume_all();
    CHECK(scene.lookups.size() + scene.connections_to("mx") > 0);
}

TEST_CASE("mail is suspended by what it is, where it waits and when it comes", "[scheduler]") {
    world_of_orders scene;
    scene.arrive_from(1, "a.test", "shop.test");  // waits for its route
    scene.arrive_from(2, "b.test", "shop.test");
    scene.route("b.test", "mx");
    scene.arrive_from(3, "b.test", "other.test");
    scene.suspend(subject_of::from, "*@shop.test");
    scene.arrive_from(4, "b.test", "shop.test");  // is yet to come
    scene.open_all();
    scene.route("a.test", "mx");
    CHECK(scene.handed_out == std::vector<std::uint64_t>{3});
    CHECK(scene.in_state(deferred) == 3);
    REQUIRE(scene.subject.explain(queue::message_id(4), scene.now()).front().suspended_by);

    // Nobody may delete what is gone, or try it twice.
    CHECK(scene.subject.withdraw({{.item = 0, .id = queue::message_id(1)}}).size() == 1);
    scene.subject.concluded(0);
    scene.resume_all();
    for (int i = 0; i < 5; ++i) {
        scene.open_all();
        if (!scene.jobs.empty()) scene.ask(scene.jobs.begin()->first, kind::succeeded);
    }
    auto handed_out = scene.handed_out;
    std::ranges::sort(handed_out);
    CHECK(handed_out == std::vector<std::uint64_t>{2, 3, 4});
}

TEST_CASE("what two suspensions fit waits for both", "[scheduler]") {
    world_of_orders scene;
    scene.suspend(subject_of::domain, "a.test", 1);
    scene.suspend(subject_of::from, "*@shop.test", 2);
    scene.arrive_from(1, "a.test", "shop.test");
    scene.in_force.erase(scene.in_force.begin());
    scene.set();
    CHECK(scene.lookups.empty());
    CHECK(scene.in_state(deferred) == 1);
    scene.resume_all();
    CHECK(scene.lookups.size() == 1);
}

TEST_CASE("a connection may find out who sent it, and give it back", "[scheduler]") {
    world_of_orders scene;
    scene.suspend(subject_of::from, "news@shop.test", 3);
    scene.arrive_from(1, "a.test", "shop.test");
    scene.route("a.test", "mx");
    scene.open_all();
    REQUIRE(scene.jobs.size() == 1);
    const auto [connection, mail] = *scene.jobs.begin();
    scene.subject.set_aside({mail}, 3, scene.now());
    scene.end(connection, kind::nothing);
    scene.pass(2h);
    CHECK(scene.handed_out.size() == 1);
    CHECK(scene.subject.backlog().size() == 1);
    CHECK(
        scene.subject.explain(queue::message_id(1), scene.now()).front().suspended_by->number == 3
    );
    scene.resume_all();
    CHECK(scene.lookups.size() == 1);
    // That one is over: it is as if it had just come.
    scene.subject.set_aside({delivery_due(2, scene.wall)}, 3, scene.now());
    CHECK(scene.in_state(deferred) == 0);
}

TEST_CASE("nobody is bounced for a suspension", "[scheduler]") {
    auto limits = scheduler_world::usual();
    limits.max_queue_time = 1h;
    world_of_orders scene(limits);
    scene.suspend(subject_of::destination, "mx", 1);
    scene.suspend(subject_of::domain, "b.test", 2);
    scene.arrive(1, "a.test");
    scene.route("a.test", "mx");
    scene.arrive(2, "b.test");
    scene.pass(3h);
    CHECK(scene.concluded.empty());
    CHECK(scene.subject.backlog().size() == 2);
    scene.resume_all();
    CHECK(scene.concluded.empty());
    CHECK(scene.lookups.size() == 2);
}

TEST_CASE("what is too old when a suspension ends gets time to be tried", "[scheduler]") {
    auto limits = scheduler_world::usual();
    limits.max_queue_time = 1h;
    world_of_orders scene(limits);
    scene.suspend(subject_of::destination, "mx");
    for (std::uint64_t id = 1; id <= 50; ++id)
        scene.arrive(id, "a.test", 1);
    scene.route("a.test", "mx");
    scene.pass(3h);
    scene.resume_all();
    // There are more than connections, and none of these gets ready.
    scene.pass(4min);
    CHECK(scene.concluded.empty());
    scene.pass(10min);
    CHECK_FALSE(scene.concluded.empty());
}

TEST_CASE("operators see destinations by name, with what was answered", "[scheduler]") {
    world_of_orders scene;
    scene.arrive_many(2, "a.test");
    scene.route("a.test", "mx-a");
    scene.arrive(3, "b.test");
    scene.route("b.test", "mx-b");
    scene.arrive(4, "c.test");
    scene.route("c.test", "mx-c");
    scene.open_all();
    const auto shown = [&](const std::string& name) {
        const auto found = scene.subject.view_destinations(name, 1, scene.now());
        REQUIRE(found.size() == 1);
        REQUIRE(found.front().name == name);
        return found.front();
    };
    CHECK(shown("mx-a").under_way + shown("mx-a").waiting == 2);
    const auto to_b =
        std::ranges::find(scene.names, "mx-b", [](auto& each) { return each.second; });
    verdict why;
    why.diagnostic = "451 slow down";
    scene.subject.ended(to_b->first, {.result = kind::refused, .why = why}, scene.now());
    scene.jobs.erase(to_b->first);
    const auto seen = shown("mx-b");
    CHECK(seen.refused == 1);
    REQUIRE(seen.replies.size() == 1);
    CHECK(seen.replies.front().text == "451 slow down");
    CHECK(seen.trouble == "451 slow down");
    CHECK(seen.hosts.size() == 1);

    const auto two = scene.subject.view_destinations("mx-b", 2, scene.now());
    REQUIRE(two.size() == 2);
    CHECK(two.back().name == "mx-c");
    CHECK(scene.subject.view_destinations("mx-d", 2, scene.now()).empty());
    scene.suspend(subject_of::destination, "mx-c");
    CHECK(shown("mx-c").suspended_by);
}
