#include "relay/outbound/arrival_record.hpp"

#include "tests/support/catch.hpp"

using kurir::outbound::arrival_record;
using slots = std::vector<arrival_record::slot>;

TEST_CASE("what arrives is kept while somebody wants to know", "[outbound][order]") {
    arrival_record arrivals;
    arrivals.add(1);
    const auto first = arrivals.begin();
    CHECK(arrivals.since(first, 10).empty());
    arrivals.add(7);
    arrivals.add(3);
    const auto second = arrivals.begin();
    arrivals.add(9);
    CHECK(arrivals.since(first, 2) == slots{7, 3});
    CHECK(arrivals.since(first + 2, 2) == slots{9});
    CHECK(arrivals.since(second, 10) == slots{9});
    arrivals.end();
    CHECK(arrivals.since(first, 10) == slots{7, 3, 9});
    arrivals.end();
    arrivals.add(5);
    CHECK(arrivals.since(arrivals.begin(), 10).empty());
}
