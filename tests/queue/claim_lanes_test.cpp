#include "queue/claim_lanes.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>
#include <string>

#include "tests/support/catch.hpp"

using namespace kurir::queue;

namespace {

constexpr std::size_t first_normal = 0;
constexpr std::size_t first_urgent = lanes_of_priority;
constexpr std::size_t first_bulk = 2 * lanes_of_priority;

std::size_t total(const std::vector<lane_part>& parts) {
    std::size_t sum = 0;
    for (const auto& each : parts)
        sum += each.room;
    return sum;
}

using places = std::map<std::size_t, std::size_t>;  // by lane

places places_in(const std::vector<lane_part>& parts) {
    places found;
    for (const auto& each : parts)
        found[each.source.lane] += each.room;
    return found;
}

// What claims of `room` places take, one after another, while all sources have more.
places taken_by(std::size_t claims, std::size_t room, const std::vector<lane_source>& sources) {
    lane_turns turns;
    places sum;
    for (std::size_t i = 0; i < claims; ++i) {
        for (const auto& [lane, count] : places_in(turns.divide(room, sources)))
            sum[lane] += count;
    }
    return sum;
}

// Carries out a claim on lanes with so much mail, and tells what it took of each.
places carried_out(std::size_t room, places waiting) {
    std::vector<lane_source> sources;
    for (const auto& [lane, count] : waiting)
        sources.push_back({.lane = lane});
    lane_turns turns;
    lane_claim claim(turns, room, sources);
    places taken;
    for (int rounds = 0; !claim.parts().empty(); ++rounds) {
        REQUIRE(rounds < 200);
        std::vector<std::size_t> counts;
        for (const auto& part : claim.parts()) {
            auto& amount = waiting.at(part.source.lane);
            counts.push_back(std::min(amount, part.room));
            amount -= counts.back();
            taken[part.source.lane] += counts.back();
        }
        claim.took(counts);
    }
    std::erase_if(taken, [](const auto& each) { return each.second == 0; });
    std::size_t sum = 0;
    for (const auto& [lane, count] : taken)
        sum += count;
    CHECK(claim.count() == sum);
    return taken;
}

}  // namespace

TEST_CASE("a lane is a priority and some of the tenants", "[queue][lanes]") {
    std::set<std::size_t> found;
    for (int i = 0; i < 1000; ++i) {
        const auto tenant = "user:" + std::to_string(i);
        const auto lane = lane_of(priority::normal, tenant);
        CHECK(lane < lanes_of_priority);
        CHECK(lane_of(priority::urgent, tenant) == lane + first_urgent);
        CHECK(lane_of(priority::bulk, tenant) == lane + first_bulk);
        found.insert(lane);
    }
    CHECK(found.size() == lanes_of_priority);
    // They are stored: another version must find the same.
    CHECK(lane_of(priority::normal, "192.0.2.0/24") == 61);
    CHECK(lane_of(priority::bulk, "") == first_bulk + 38);
    delivery waiting;
    waiting.priority = priority::urgent;
    waiting.tenant = "user:billing";
    CHECK(lane_of(waiting) == lane_of(priority::urgent, "user:billing"));
}

TEST_CASE("a claim is for all of a lane, if there is no other", "[queue][lanes]") {
    lane_turns turns;
    const auto lane = GENERATE(as<std::size_t>(), first_normal, first_urgent + 3, first_bulk + 63);
    const std::vector<lane_source> only{{.lane = lane}};
    CHECK(turns.divide(100, only) == std::vector<lane_part>{{.source = only[0], .room = 100}});
    CHECK(turns.divide(0, only).empty());
    CHECK(turns.divide(100, {}).empty());
}

TEST_CASE("priorities share a claim by weight", "[queue][lanes]") {
    const std::vector<lane_source> all{
        {.lane = first_normal + 1}, {.lane = first_urgent + 1}, {.lane = first_bulk + 1}
    };
    CHECK(
        taken_by(69, 10, all) ==
        places{{first_normal + 1, 40}, {first_urgent + 1, 640}, {first_bulk + 1, 10}}
    );
    // However small the claims are, nobody is left out.
    CHECK(
        taken_by(69, 1, all) ==
        places{{first_normal + 1, 4}, {first_urgent + 1, 64}, {first_bulk + 1, 1}}
    );
    const std::vector<lane_source> two{all[0], all[2]};
    CHECK(taken_by(5, 10, two) == places{{first_normal + 1, 40}, {first_bulk + 1, 10}});
}

TEST_CASE("lanes of a priority get the same, claim by claim", "[queue][lanes]") {
    const auto room = GENERATE(as<std::size_t>(), 1, 2, 3, 69);
    const auto rivals = GENERATE(as<std::size_t>(), 2, 3, 7, 64);
    std::vector<lane_source> sources{{.lane = first_urgent}};
    for (std::size_t i = 0; i < rivals; ++i)
        sources.push_back({.lane = first_bulk + i});
    constexpr std::size_t claims = 20'000;
    const auto taken = taken_by(claims, room, sources);
    std::set<std::size_t> counts;
    for (std::size_t i = 0; i < rivals; ++i)
        counts.insert(taken.contains(first_bulk + i) ? taken.at(first_bulk + i) : 0);
    CAPTURE(room, rivals, counts);
    CHECK(*counts.begin() > 0);
    CHECK(*counts.rbegin() - *counts.begin() <= 1);
}

TEST_CASE("what was left and what is nobody's take turns", "[queue][lanes]") {
    lane_turns turns;
    const std::vector<lane_source> both{{.lane = 5, .is_left = true}, {.lane = 5}};
    CHECK(
        turns.divide(10, both) ==
        std::vector<lane_part>{
            {.source = both[0], .room = 5},
            {.source = both[1], .room = 5},
        }
    );
}

TEST_CASE("what a lane does not need, others get", "[queue][lanes]") {
    // A tenant with a flood, and one with a few.
    CHECK(carried_out(100, {{1, 100'000}, {2, 3}}) == places{{1, 97}, {2, 3}});
    CHECK(carried_out(100, {{1, 30}, {2, 3}}) == places{{1, 30}, {2, 3}});
    CHECK(
        carried_out(100, {{1, 2}, {first_urgent, 2}, {first_bulk, 1000}}) ==
        places{{1, 2}, {first_urgent, 2}, {first_bulk, 96}}
    );
    CHECK(carried_out(100, {{1, 0}, {2, 0}}).empty());
    places many;
    for (std::size_t lane = 0; lane < lanes; ++lane)
        many[lane] = lane % 5;
    const auto sum =
        std::accumulate(many.begin(), many.end(), 0UL, [](auto count, const auto& each) {
            return count + each.second;
        });
    const auto taken = carried_out(1000, many);
    CHECK(std::accumulate(taken.begin(), taken.end(), 0UL, [](auto count, const auto& each) {
              return count + each.second;
          }) == sum);
}

TEST_CASE("a claim fills its room as long as there is mail", "[queue][lanes]") {
    const auto room = GENERATE(as<std::size_t>(), 1, 2, 68, 1000);
    const std::vector<lane_source> some{
        {.lane = 1}, {.lane = 1, .is_left = true}, {.lane = first_urgent}, {.lane = first_bulk}
    };
    lane_turns turns;
    for (int i = 0; i < 5; ++i)
        CHECK(total(turns.divide(room, some)) == room);
}
