#include "relay/admin/places.hpp"

#include <array>
#include <vector>

#include "tests/support/catch.hpp"

using kurir::admin::places;
using state = kurir::admin::places::state;
using boost::asio::ip::make_address;

namespace {

const auto hostile = make_address("10.0.0.66");
const auto prober = make_address("10.0.0.1");

}  // namespace

TEST_CASE("H7 a new connection replaces the one that has waited longest", "[admin][places]") {
    places all;
    std::vector<places::number> added;
    while (all.size() < places::all_max) {
        const auto first = all.add(hostile);
        CHECK_FALSE(first.removed);
        added.push_back(first.added);
    }
    REQUIRE(all.set(added[0], state::probe));
    REQUIRE(all.set(added[1], state::slow));

    CHECK(all.add(prober).removed == added[2]);
    CHECK(all.add(prober).removed == added[3]);
    REQUIRE(all.set(added[4], state::probe));
    REQUIRE(all.set(added[4], state::waiting));  // waits anew: it is the youngest now
    CHECK(all.add(prober).removed == added[5]);
    CHECK(all.size() == places::all_max);
}

TEST_CASE("H7 who has many connections loses them first", "[admin][places]") {
    places all;
    const auto probe = all.add(prober);
    for (int i = 0; i < 1000; ++i)
        CHECK(all.add(hostile).removed != probe.added);
    CHECK(all.set(probe.added, state::probe));
}

TEST_CASE("H7 connections with a request are lost only when no other is left", "[admin][places]") {
    places all;
    std::vector<places::number> added;
    while (all.size() < places::all_max) {
        added.push_back(all.add(hostile).added);
        REQUIRE(all.set(added.back(), state::probe));
    }
    const auto probe = all.add(hostile);
    CHECK(probe.removed == added[0]);
    CHECK(all.add(hostile).removed == probe.added);
}

TEST_CASE("H7 slow answers leave places for probes", "[admin][places]") {
    places all;
    for (std::size_t i = 0; i < places::slow_max; ++i)
        REQUIRE(all.set(all.add(hostile).added, state::slow));
    const auto another = all.add(prober).added;
    CHECK_FALSE(all.set(another, state::slow));
    CHECK(all.set(another, state::probe));
}

TEST_CASE("H7 what was removed does not come back", "[admin][places]") {
    places all;
    const auto added = all.add(prober).added;
    all.remove(added);
    all.remove(added);
    CHECK_FALSE(all.set(added, state::waiting));
    CHECK(all.size() == 0);
}

TEST_CASE("answers without an end have a bound of their own", "[admin][places]") {
    places all;
    for (std::size_t each = 0; each < places::stream_max; ++each)
        CHECK(all.set(all.add(prober).added, state::stream));
    const auto one_more = all.add(prober).added;
    CHECK_FALSE(all.set(one_more, state::stream));
    CHECK(all.set(one_more, state::slow));
}

TEST_CASE("large bodies have a bound of their own", "[admin][places]") {
    places all;
    for (std::size_t each = 0; each < places::upload_max; ++each)
        CHECK(all.set(all.add(prober).added, state::upload));
    const auto last = all.add(prober).added;
    CHECK_FALSE(all.set(last, state::upload));
    CHECK(all.set(last, state::slow));
    CHECK(all.has(last));
    all.remove(last);
    CHECK_FALSE(all.has(last));
}
