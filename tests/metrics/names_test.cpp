#include "metrics/names.hpp"

#include <set>
#include <string>
#include <vector>

#include "tests/support/catch.hpp"

using namespace kurir;
using metrics::known_names;

namespace {

std::vector<std::string> numbered(std::size_t count) {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < count; ++i)
        names.push_back("route" + std::to_string(i));
    return names;
}

}  // namespace

TEST_CASE("each declared name has a series, and what was not declared has `other`", "[metrics]") {
    metrics::registry registry;
    const known_names routes("route", {"relay", "mx", "relay", "other"});
    metrics::counter_by_name<> table(registry, {"samples_total", "For this test."}, routes);

    table(routes.index_of("mx")).inc();
    table(routes.index_of("nobody declared it")).inc(2);
    table(routes.index_of("")).inc(4);
    table(routes.index_of("other")).inc(8);

    CHECK(routes.values() == std::vector<std::string>{"relay", "mx", "other"});
    CHECK(table(routes.index_of("relay")).value() == 0);
    CHECK(table(routes.index_of("mx")).value() == 1);
    CHECK(table(routes.index_of("other")).value() == 14);
}

TEST_CASE("a name beyond the limit counts as `other`, and makes no series", "[metrics]") {
    const std::size_t limit = GENERATE(std::size_t{0}, 1, 5, known_names::usual_limit);
    const std::size_t count = limit + GENERATE(std::size_t{0}, 1, 1000);
    CAPTURE(limit, count);
    metrics::registry registry;
    const auto declared = numbered(count);
    const known_names routes("route", declared, limit);
    metrics::counter_by_name<> table(registry, {"samples_total", "For this test."}, routes);

    for (const auto& name : declared)
        table(routes.index_of(name)).inc();

    CHECK(routes.values().size() == limit + 1);
    for (std::size_t i = 0; i < limit; ++i)
        CHECK(table(routes.index_of(declared[i])).value() == 1);
    const auto beyond = static_cast<double>(count - limit);
    CHECK(table(routes.index_of(known_names::other)).value() == beyond);
}

TEST_CASE("a name and the values of enums are one series for each combination", "[metrics]") {
    using metrics::connection_state;
    using metrics::delivery_result;
    metrics::registry registry;
    const known_names routes("route", numbered(3));
    metrics::gauge_by_name<delivery_result, connection_state> table(
        registry, {"samples", "For this test."}, routes
    );

    std::set<const metrics::gauge*> cells;
    double expected = 0;
    for (std::size_t route = 0; route < routes.values().size(); ++route) {
        for (const auto result : {delivery_result::delivered, delivery_result::failed}) {
            for (const auto opened :
                 {connection_state::connecting, connection_state::busy, connection_state::idle}) {
                table(route, result, opened).set(++expected);
                cells.insert(&table(route, result, opened));
            }
        }
    }

    CHECK(cells.size() == 24);
    CHECK(table(0, delivery_result::delivered, connection_state::connecting).value() == 1);
    CHECK(table(3, delivery_result::failed, connection_state::idle).value() == 24);
}
