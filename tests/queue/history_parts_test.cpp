#include "queue/postgres/history_parts.hpp"

#include "tests/support/catch.hpp"

using namespace std::chrono_literals;
using kurir::queue::postgres::change_of_parts;
using kurir::queue::postgres::history_limits;
using kurir::queue::postgres::history_part;
using kurir::queue::postgres::parts_change;

namespace {

constexpr history_limits sixteen{.size = 16'000'000, .age = 160h};

parts_change change_of(std::vector<history_part> parts) {
    return change_of_parts(parts, sixteen);
}

}  // namespace

TEST_CASE("a part of the history ends when it is large or old", "[queue]") {
    CHECK(change_of({}) == parts_change{.begins_new = true, .drops = {}});
    CHECK(change_of({{1, 9h, 999'999}}) == parts_change{});
    CHECK(change_of({{1, 1h, 1'000'000}}).begins_new);
    CHECK(change_of({{1, 10h, 20'000}}).begins_new);
    // Nothing was written to it.
    CHECK_FALSE(change_of({{1, 1000h, 8192}}).begins_new);
    const history_limits large{.size = 1ULL << 40, .age = 160h};
    CHECK(large.part_size() == 1ULL << 30);
}

TEST_CASE("old parts of the history go, and the oldest of too much", "[queue]") {
    // A part ends when the next begins: what it has is at least as old as that.
    CHECK(change_of({{1, 170h, 9000}, {2, 159h, 9000}, {3, 1h, 9000}}).drops.empty());
    CHECK(
        change_of({{1, 180h, 9000}, {2, 160h, 9000}, {3, 1h, 9000}}).drops ==
        std::vector<std::int64_t>{1}
    );
    CHECK(
        change_of({{4, 3h, 7'000'000}, {5, 2h, 7'000'000}, {6, 1h, 9'000'000}}).drops ==
        std::vector<std::int64_t>{4}
    );
    // The newest stays, whatever it is.
    CHECK(
        change_of({{1, 9h, 1}, {2, 8h, 1}, {3, 500h, 99'000'000}}).drops ==
        std::vector<std::int64_t>{1, 2}
    );
}
