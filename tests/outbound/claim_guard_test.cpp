#include "relay/outbound/claim_guard.hpp"

#include "tests/queue/deliveries.hpp"
#include "tests/support/catch.hpp"

using namespace kurir;
using namespace kurir::outbound;
using namespace std::chrono_literals;

namespace {

constexpr net::clock::time_point guard_begin{1h};

std::vector<queue::delivery> two_deliveries() {
    std::vector<queue::delivery> tried{
        tests::delivery_due(1, tests::noon), tests::delivery_due(2, tests::noon)
    };
    for (auto& each : tried)
        each.fence = 3;
    return tried;
}

}  // namespace

TEST_CASE("claims hold for a lease from the renewal on, less a margin", "[outbound][claims]") {
    claim_guard guard(10s, guard_begin);
    const auto tried = two_deliveries();
    CHECK(guard.may_end(tried, guard_begin));
    CHECK(guard.may_end(tried, guard_begin + 8999ms));
    CHECK_FALSE(guard.may_end(tried, guard_begin + 9s));
    CHECK_FALSE(guard.has_room(guard_begin + 1h));
    // The answer came late: what counts is when it was asked for.
    guard.renewed(guard_begin + 5s, {});
    CHECK(guard.may_end(tried, guard_begin + 13999ms));
    CHECK_FALSE(guard.may_end(tried, guard_begin + 14s));
}

TEST_CASE("a claim that was lost while it was tried does not come back", "[outbound][claims]") {
    claim_guard guard(10s, guard_begin);
    const auto tried = two_deliveries();
    queue::claimed lost{.id = tried[1].id, .entry = tried[1].entry, .fence = tried[1].fence};
    guard.renewed(guard_begin + 60s, {lost});
    CHECK(guard.has_room(guard_begin + 60s));
    CHECK(guard.may_end({tried[0]}, guard_begin + 60s));
    CHECK_FALSE(guard.may_end(tried, guard_begin + 60s));
    // A later claim of the same entry is another one.
    ++lost.fence;
    guard.renewed(guard_begin + 61s, {lost});
    CHECK(guard.may_end(tried, guard_begin + 61s));
}
