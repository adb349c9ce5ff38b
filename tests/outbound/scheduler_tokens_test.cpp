// What a scheduler does of a rate that all nodes of a shared queue keep together, and of one that
// it keeps alone.
#include <string>

#include "tests/outbound/scheduler_world.hpp"

using namespace tests;

namespace {

scheduler_limits sharing_limits(const char* rate) {
    auto limits = scheduler_world::usual();
    REQUIRE_FALSE(config::rate_rules::read(rate, limits.destination_rate));
    return limits;
}

struct sharing_world : scheduler_world {
    explicit sharing_world(const char* rate) : scheduler_world(sharing_limits(rate)) {
        subject.set_nodes({"me", {"other"}}, now());
    }
    // For one destination, which draws.
    void bring_mail(std::size_t count) {
        arrive_many(count, "a.example");
        route("a.example", {.site = "mx.a.example"});
    }
    void answer(std::uint64_t tokens, std::chrono::milliseconds left = 30min) {
        REQUIRE_FALSE(draws.empty());
        subject.tokens_drawn(
            draws.back().first,
            queue::token_grant{
                .tokens = tokens,
                .slice = 48h,
                .left = left,
                .retry = tokens > 0 ? 0ms : 7min,
                .left_over = 17,
            },
            steady,
            now()
        );
    }
    void fail() {
        REQUIRE_FALSE(draws.empty());
        subject.tokens_drawn(draws.back().first, std::nullopt, steady, now());
    }
    // What is handed out is delivered, for so long.
    void work(std::chrono::milliseconds time) {
        for (const auto end = steady + time; steady < end;) {
            open_all();
            const auto done = jobs;
            for (const auto& [connection, job] : done)
                ask(connection, kind::succeeded);
            while (!gone.empty())
                end_one();
            pass(500ms);
        }
    }
    void end_one() { this->end(*gone.begin()); }
    destination_view view() { return subject.view_destinations("", 1, now()).front(); }
};

}  // namespace

TEST_CASE("nothing goes without a token", "[outbound][scheduler][tokens]") {
    sharing_world world("86400/d");
    world.bring_mail(10);
    REQUIRE(world.draws.size() == 1);
    const auto& [key, request] = world.draws.front();
    CHECK(key.site == "mx.a.example");
    CHECK(request.name == "mx.a.example");
    CHECK(request.count == 86400);
    CHECK(request.per == 24h);
    CHECK(request.wanted == 1);
    world.work(1min);
    CHECK(world.handed_out.empty());
    CHECK(world.draws.size() == 1);
    CHECK(world.view().withheld == throttle::rate);

    world.answer(3);
    CHECK(world.view().learnt.tokens == 3);
    CHECK(world.view().learnt.tokens_left == 17);
    CHECK(world.view().learnt.rate == config::rate{.count = 86400, .per = 24h});
    world.work(10s);
    CHECK(world.handed_out.size() == 3);
    CHECK(world.draws.size() == 2);
    CHECK(world.draws.back().second.wanted == 2);
}

TEST_CASE("who has no tokens waits until there are some", "[outbound][scheduler][tokens]") {
    sharing_world world("86400/d");
    world.bring_mail(3);
    world.answer(0);
    CHECK(world.view().withheld == throttle::rate);
    CHECK(world.view().until == world.wall + 7min);
    world.work(7min - 1s);
    CHECK(world.draws.size() == 1);
    world.work(2s);
    CHECK(world.draws.size() == 2);
    CHECK(world.handed_out.empty());

    world.fail();
    world.work(4s);
    CHECK(world.draws.size() == 2);
    world.work(2s);
    CHECK(world.draws.size() == 3);
    world.answer(1);
    world.work(1s);
    CHECK(world.handed_out.size() == 1);
}

TEST_CASE("tokens that are not needed are given back", "[outbound][scheduler][tokens]") {
    sharing_world world("86400/d");
    world.bring_mail(1);
    world.answer(5);
    world.work(20s);
    CHECK(world.handed_out.size() == 1);
    CHECK(world.draws.size() == 1);

    SECTION("after a while") {
        world.work(1min);
        REQUIRE(world.draws.size() == 2);
        CHECK(world.draws.back().second.wanted == 0);
        CHECK(world.draws.back().second.returned == 4);
        CHECK(world.draws.back().second.returned_to == 48h);
        world.work(5min);
        CHECK(world.draws.size() == 2);
    }
    SECTION("at the end") {
        world.subject.stop();
        REQUIRE(world.draws.size() == 2);
        CHECK(world.draws.back().second.returned == 4);
    }
    SECTION("unless more mail comes") {
        world.arrive(7, "a.example");
        world.work(20s);
        CHECK(world.handed_out.size() == 2);
        CHECK(world.draws.size() == 1);
    }
}

TEST_CASE("an answer that comes after the end is given back", "[outbound][scheduler][tokens]") {
    sharing_world world("86400/d");
    world.bring_mail(1);
    world.subject.stop();
    CHECK(world.draws.size() == 1);
    world.answer(5);
    REQUIRE(world.draws.size() == 2);
    CHECK(world.draws.back().second.returned == 5);
}

TEST_CASE("a token is drawn when it can be used", "[outbound][scheduler][tokens]") {
    sharing_world world("24/d");
    world.bring_mail(3);
    world.answer(1);
    world.work(59min);
    CHECK(world.handed_out.size() == 1);
    CHECK(world.draws.size() == 1);
    world.work(2min);
    CHECK(world.draws.size() == 2);
}

TEST_CASE("a short rate is divided", "[outbound][scheduler][tokens]") {
    sharing_world world("10/min");
    world.bring_mail(3);
    world.work(10s);
    CHECK(world.draws.empty());
    CHECK(world.handed_out.size() == 1);
    CHECK_FALSE(world.view().learnt.tokens);
}

TEST_CASE("what can wait no longer waits for a token", "[outbound][scheduler][tokens]") {
    sharing_world world("86400/d");
    world.bring_mail(3);
    world.work(25h);
    CHECK(world.handed_out.empty());
    CHECK(world.concluded.empty());
    world.answer(2);
    world.work(10s);
    CHECK(world.handed_out.size() == 2);
}

TEST_CASE("a destination is remembered as long as its rate", "[outbound][scheduler][tokens]") {
    scheduler_world world(sharing_limits("24/d"));
    world.arrive(1, "a.example");
    world.route("a.example", "mx.a.example");
    world.open_all();
    const auto job = world.jobs.begin()->first;
    world.ask(job, kind::succeeded);
    world.pass(1min);
    while (!world.gone.empty())
        world.end(*world.gone.begin());
    // Without mail for more than the ten minutes that others are remembered for.
    world.pass(30min);
    world.arrive(2, "a.example");
    if (!world.lookups.empty()) world.route("a.example", "mx.a.example");
    world.open_all();
    CHECK(world.handed_out.size() == 1);
    world.pass(30min);
    if (!world.lookups.empty()) world.route("a.example", "mx.a.example");
    world.open_all();
    CHECK(world.handed_out.size() == 2);
}
