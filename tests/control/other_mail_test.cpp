#include "relay/control/other_mail.hpp"

#include <string>
#include <variant>
#include <vector>

#include "tests/outbound/scheduler_world.hpp"

using namespace tests;
using kurir::control::criteria;
using kurir::control::explanation_of;
using kurir::control::listed;
using kurir::control::selector;
using kurir::control::state_of;
using waiting_state = queue::backlog::state;

namespace {

queue::other_entry other(std::uint64_t id, queue::time_point due, std::uint32_t attempts = 0) {
    return {.waiting = delivery_due(id, due, attempts)};
}

queue::other_entry held_by_operator(std::uint64_t id, queue::time_point due) {
    auto made = other(id, due);
    made.waiting.terms = queue::delivery_terms{
        .hold = queue::operator_hold{.operator_name = "ann", .reason = "wait"}
    };
    return made;
}

queue::other_entry claimed(std::uint64_t id, queue::time_point due) {
    auto made = other(id, due);
    made.holder = "mail2/5f0e9a1c";
    return made;
}

struct other_world : scheduler_world {
    other_world() : scheduler_world(usual(), relayhost()) {}

    std::vector<listed> fitting(const criteria& given) {
        auto far = other(1, wall + 1h, 2);
        far.waiting.domain = "one.test";
        auto near = claimed(2, wall - 1s);
        near.waiting.domain = "two.test";
        const auto read = selector::read(given);
        return fitting_others(
            {far, near, held_by_operator(3, wall)}, std::get<selector>(read), subject, now()
        );
    }
    std::vector<std::uint64_t> fitting_ids(const criteria& given) {
        std::vector<std::uint64_t> ids;
        for (const auto& each : fitting(given))
            ids.push_back(each.waiting.id.value());
        return ids;
    }
};

using ids = std::vector<std::uint64_t>;

}  // namespace

TEST_CASE("how mail waits that this node has not claimed", "[control][shared]") {
    const auto now = noon;
    CHECK(state_of(other(1, now), now) == waiting_state::incoming);
    CHECK(state_of(other(1, now + 1s), now) == waiting_state::deferred);
    CHECK(state_of(other(1, now, 1), now) == waiting_state::deferred);
    CHECK(state_of(claimed(1, now + 1s), now) == waiting_state::active);
    auto both = held_by_operator(1, now);
    CHECK(state_of(both, now) == waiting_state::held);
    both.holder = "mail2/5f0e9a1c";
    CHECK(state_of(both, now) == waiting_state::held);
}

TEST_CASE("selectors select mail that this node has not claimed", "[control][shared]") {
    other_world world;
    CHECK(world.fitting_ids({}) == ids{1, 2, 3});
    CHECK(world.fitting_ids({{"domain", "one.*"}}) == ids{1});
    CHECK(world.fitting_ids({{"state", "deferred"}}) == ids{1});
    CHECK(world.fitting_ids({{"state", "active"}}) == ids{2});
    CHECK(world.fitting_ids({{"state", "held"}}) == ids{3});
    CHECK(world.fitting_ids({{"destination", "two.test"}}) == ids{2});  // not known: the domain
    CHECK(world.fitting_ids({{"larger", "1M"}}).empty());
}

TEST_CASE("mail that this node has not claimed says who has it", "[control][shared]") {
    other_world world;
    const auto all = world.fitting({});
    REQUIRE(all.size() == 3);
    for (const auto& each : all)
        CHECK_FALSE(each.is_ours);
    CHECK(all[0].holder.empty());
    CHECK(all[1].holder == "mail2/5f0e9a1c");
    const auto place = place_of(all[1]);
    REQUIRE(place.other);
    CHECK(place.other->id == all[1].waiting.id);
    CHECK(place.other->entry == all[1].waiting.entry);
}

TEST_CASE("why mail waits that this node has not claimed", "[control][shared]") {
    const auto waiting = explanation_of(other(1, noon + 1h, 3), noon);
    CHECK(waiting.attempts == 3);
    CHECK(waiting.withheld == outbound::throttle::backoff);
    CHECK(waiting.until == noon + 1h);
    const auto due = explanation_of(other(1, noon), noon);
    CHECK_FALSE(due.withheld);
    CHECK_FALSE(due.until);
    const auto taken = explanation_of(claimed(1, noon + 1h), noon);
    CHECK(taken.claimed_by == "mail2/5f0e9a1c");
    CHECK_FALSE(taken.until);
    const auto held = explanation_of(held_by_operator(1, noon + 1h), noon);
    REQUIRE(held.hold);
    CHECK(held.hold->operator_name == "ann");
    CHECK_FALSE(held.withheld);
}
