#include "relay/app/handover_verdict.hpp"

#include "tests/support/catch.hpp"

using namespace kurir::app;

namespace {

using outcome_kind = handover_outcome::kind_of;
using end_of = handover_verdict::end_of;

handover_verdict after(handover_outcome outcome, bool in_doubt = false) {
    return verdict_on(outcome, in_doubt);
}

}  // namespace

TEST_CASE("what the other relay has is removed", "[app][handover]") {
    for (const auto kind : {outcome_kind::kept, outcome_kind::known}) {
        CHECK(after({.kind = kind}) == handover_verdict{.end = end_of::removed});
        CHECK(after({.kind = kind}, true) == handover_verdict{.end = end_of::removed});
    }
}

TEST_CASE("what the other relay does not want goes on here", "[app][handover]") {
    for (const auto kind : {outcome_kind::refused, outcome_kind::forgotten, outcome_kind::cut}) {
        CHECK(after({.kind = kind}) == handover_verdict{.end = end_of::released});
    }
    const handover_verdict stopped{.end = end_of::released, .stops = true};
    CHECK(after({.kind = outcome_kind::silent}) == stopped);
    CHECK(after({.kind = outcome_kind::own}) == stopped);
}

TEST_CASE("what the other relay may have stays marked", "[app][handover]") {
    const handover_verdict stopped{.end = end_of::marked, .stops = true};
    CHECK(after({.kind = outcome_kind::unsure, .may_be_there = true}) == stopped);
    CHECK(after({.kind = outcome_kind::forgotten, .may_be_there = true}).end == end_of::marked);
    // Since an earlier hand-over.
    CHECK(after({.kind = outcome_kind::silent}, true) == stopped);
    for (const auto kind : {outcome_kind::refused, outcome_kind::forgotten}) {
        CHECK(after({.kind = kind}, true) == handover_verdict{.end = end_of::marked});
        // It has looked for its name first.
        CHECK(after({.kind = kind, .unknown_there = true}, true).end == end_of::released);
    }
}
