// What the queue stores for an operator's order.
#include "relay/outbound/operator_order.hpp"

#include <chrono>
#include <string>
#include <vector>

#include "tests/queue/deliveries.hpp"
#include "tests/support/catch.hpp"

using namespace kurir;
using namespace kurir::outbound;
using namespace std::chrono_literals;
using tests::delivery_due;
using tests::noon;

namespace {

using positions = std::vector<std::uint32_t>;

operator_order order_to(order_action action) {
    operator_order made;
    made.action = action;
    made.operator_name = "ann";
    made.reason = "because";
    made.route = "backup";
    made.given = noon;
    return made;
}

// Three recipients, of which the second was tried twice.
queue::delivery three_recipients() {
    auto made = delivery_due(1, noon + 1h, 2);
    made.recipients = {0, 1, 2};
    return made;
}

queue::stored_message with_one_state() {
    queue::stored_message made;
    made.states.push_back(
        {.index = 1, .attempts = 2, .status = "4.2.2", .diagnostic = "full", .remote = {}}
    );
    return made;
}

queue::settlement ordered(order_action action, const positions& chosen, queue::delivery waiting) {
    return settlement_of(order_to(action), waiting, chosen, with_one_state(), noon);
}

positions indices(const std::vector<queue::recipient_state>& states) {
    positions all;
    for (const auto& each : states)
        all.push_back(each.index);
    std::sort(all.begin(), all.end());
    return all;
}

}  // namespace

TEST_CASE("a hold keeps recipients, states and the next attempt", "[outbound][order]") {
    const auto waiting = three_recipients();
    const auto end = ordered(order_action::hold, {0, 1, 2}, waiting);
    CHECK(end.attempted == waiting);
    CHECK(end.finished.empty());
    CHECK(indices(end.unfinished) == positions{0, 1, 2});
    REQUIRE(end.again.size() == 1);
    const auto& held = end.again.front();
    CHECK(held.recipients == waiting.recipients);
    CHECK(held.attempts == 2);
    CHECK(held.due == waiting.due + 1ms);  // a new entry has a new name
    CHECK(held.terms->hold == queue::operator_hold{{}, "ann", "because"});
    const auto tried = std::ranges::find(end.unfinished, 1U, &queue::recipient_state::index);
    CHECK(tried->diagnostic == "full");
}

TEST_CASE("the other recipients of a delivery stay as they were", "[outbound][order]") {
    const auto end = ordered(order_action::remove, {1}, three_recipients());
    CHECK(end.finished == positions{1});
    REQUIRE(end.again.size() == 1);
    CHECK(end.again.front().recipients == positions{0, 2});
    CHECK(end.again.front().attempts == 0);
    CHECK(end.again.front().due == noon + 1h + 1ms);
    CHECK(indices(end.unfinished) == positions{0, 2});

    const auto two = ordered(order_action::hold, {0, 2}, three_recipients());
    REQUIRE(two.again.size() == 2);
    CHECK(two.again[0].recipients == positions{1});
    CHECK_FALSE(two.again[0].terms->hold);
    CHECK(two.again[1].recipients == positions{0, 2});
    CHECK(two.again[1].terms->hold);
    CHECK(indices(two.unfinished) == positions{0, 1, 2});
}

TEST_CASE("what is released or goes another way goes now", "[outbound][order]") {
    auto held = three_recipients();
    held.due = noon - 1h;
    held.terms = queue::delivery_terms{.hold = queue::operator_hold{}};
    const auto released = ordered(order_action::release, {0, 1, 2}, held);
    CHECK(released.again.front().due == noon);
    held.due = noon + 1h;
    CHECK(ordered(order_action::release, {0}, held).again.back().due == noon);
    held.due = noon;
    CHECK(ordered(order_action::release, {0}, held).again.back().due == noon + 1ms);
    held.due = noon - 1h;
    CHECK_FALSE(released.again.front().terms->hold);
    auto order = order_to(order_action::release);
    order.keeps_due = true;
    const auto kept = settlement_of(order, held, {0, 1, 2}, with_one_state(), noon);
    CHECK(kept.again.front().due == held.due + 1ms);
    CHECK_FALSE(kept.again.front().terms->hold);

    const auto rerouted = ordered(order_action::reroute, {0, 1, 2}, held);
    CHECK(rerouted.again.front().terms->route == "backup");
    CHECK(rerouted.again.front().terms->hold);
    CHECK(rerouted.again.front().due == held.due + 1ms);  // it is held, whatever its way
    auto free = three_recipients();
    free.due = noon - 1h;
    CHECK(ordered(order_action::reroute, {0}, free).again.back().due == noon);
}

TEST_CASE("an order means what was there when it was given", "[outbound][order]") {
    auto waiting = three_recipients();
    for (const auto action :
         {order_action::retry, order_action::hold, order_action::remove, order_action::bounce}) {
        waiting.received_at = noon;
        CHECK(concerns(order_to(action), waiting));
        waiting.received_at = noon + 1ms;
        CHECK_FALSE(concerns(order_to(action), waiting));
    }
    waiting.received_at = noon;
    CHECK_FALSE(concerns(order_to(order_action::release), waiting));
    CHECK(concerns(order_to(order_action::reroute), waiting));
    waiting.terms = queue::delivery_terms{.route = "backup", .hold = queue::operator_hold{}};
    CHECK(concerns(order_to(order_action::release), waiting));
    CHECK_FALSE(concerns(order_to(order_action::hold), waiting));
    CHECK_FALSE(concerns(order_to(order_action::retry), waiting));
    CHECK_FALSE(concerns(order_to(order_action::reroute), waiting));
    CHECK(concerns(order_to(order_action::remove), waiting));
}

TEST_CASE("a bounce fails those that are meant", "[outbound][order]") {
    auto order = order_to(order_action::bounce);
    order.text = "no such\ncustomer";
    const auto verdicts = bounce_verdicts(order, three_recipients(), {0, 2});
    REQUIRE(verdicts.size() == 3);
    CHECK_FALSE(verdicts[0].untried);
    CHECK(verdicts[0].verdict.outcome == outcome::failed);
    CHECK(verdicts[0].verdict.status.text() == "5.7.1");
    CHECK(verdicts[0].verdict.diagnostic == "no such customer");
    CHECK(verdicts[1].untried);
    CHECK_FALSE(verdicts[2].untried);
}
