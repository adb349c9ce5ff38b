#include "queue/shared_rate.hpp"

#include "tests/support/catch.hpp"

using namespace std::chrono_literals;
using namespace kurir::queue;
using std::chrono::milliseconds;

namespace {

// Two days after the epoch, at the begin of a slice of any period.
constexpr milliseconds midnight = 48h;

token_request a_day(std::uint64_t count, std::uint64_t wanted) {
    return {.name = "hub", .count = count, .per = 24h, .wanted = wanted};
}

token_request back(const token_request& drawn, const token_grant& grant, std::uint64_t unused) {
    auto made = drawn;
    made.wanted = 0;
    made.returned = unused;
    made.returned_to = grant.slice;
    return made;
}

}  // namespace

TEST_CASE("a slice has its part of the period, whoever draws", "[queue][shared_rate]") {
    token_record record;
    const auto first = record.grant(a_day(960, 15), midnight + 10min);
    CHECK(first.tokens == 15);
    CHECK(first.slice == midnight);
    CHECK(first.left == 20min);
    CHECK(first.left_over == 945);
    const auto second = record.grant(a_day(960, 15), midnight + 12min);
    CHECK(second.tokens == 5);
    const auto third = record.grant(a_day(960, 15), midnight + 13min);
    CHECK(third.tokens == 0);
    CHECK(third.retry == 17min);
    CHECK(record.grant(a_day(960, 15), midnight + 30min).tokens == 15);
}

TEST_CASE(
    "a period that is used up has tokens when its first slice is over", "[queue][shared_rate]"
) {
    token_record record;
    std::uint64_t drawn = 0;
    for (int i = 0; i < 48; ++i)
        drawn += record.grant(a_day(1000, 200), midnight + i * 30min).tokens;
    CHECK(drawn == 1000);
    // One that is used at the end of the first slice counts for a day from there on.
    const auto none = record.grant(a_day(1000, 200), midnight + 24h);
    CHECK(none.tokens == 0);
    CHECK(none.left_over == 0);
    CHECK(none.retry == 30min);
    CHECK(record.grant(a_day(1000, 200), midnight + 24h + 30min).tokens == 21);
}

TEST_CASE("the smallest rate is one message", "[queue][shared_rate]") {
    token_record record;
    CHECK(record.grant(a_day(1, 5), midnight + 1s).tokens == 1);
    const auto none = record.grant(a_day(1, 5), midnight + 20h);
    CHECK(none.tokens == 0);
    CHECK(none.retry == 4h + 30min);
    CHECK(record.grant(a_day(1, 5), midnight + 24h + 30min).tokens == 1);
}

TEST_CASE("what is given back can be drawn again", "[queue][shared_rate]") {
    token_record record;
    const auto wanted = a_day(48, 1);
    const auto early = record.grant(wanted, midnight);
    REQUIRE(early.tokens == 1);
    CHECK(record.grant(wanted, midnight + 1min).tokens == 0);
    CHECK(record.grant(back(wanted, early, 1), midnight + 2min).left_over == 48);
    CHECK(record.grant(wanted, midnight + 3min).tokens == 1);

    SECTION("also when its slice is over, as far as the period goes") {
        for (int i = 1; i < 48; ++i)
            REQUIRE(record.grant(wanted, midnight + i * 30min).tokens == 1);
        CHECK(record.grant(wanted, midnight + 24h).tokens == 0);
        record.grant(back(wanted, early, 1), midnight + 24h);
        CHECK(record.grant(wanted, midnight + 24h).tokens == 1);
    }
    SECTION("but never more than was drawn, and of no other slice") {
        record.grant(back(wanted, early, 100), midnight + 4min);
        auto other = early;
        other.slice += 30min;
        record.grant(back(wanted, other, 1), midnight + 4min);
        CHECK(record.grant(a_day(48, 100), midnight + 5min).tokens == 1);
    }
}

TEST_CASE("a clock that goes back frees nothing", "[queue][shared_rate]") {
    token_record record;
    REQUIRE(record.grant(a_day(1, 1), midnight).tokens == 1);
    CHECK(record.grant(a_day(1, 1), midnight - 5h).tokens == 0);
}

TEST_CASE("another rate for the same mail counts what was drawn before", "[queue][shared_rate]") {
    token_record record;
    for (int i = 0; i < 5; ++i)
        REQUIRE(record.grant(a_day(960, 20), midnight + i * 30min).tokens == 20);
    CHECK(record.grant(a_day(96, 2), midnight + 3h).tokens == 0);
    CHECK(record.grant(a_day(120, 20), midnight + 3h).tokens == 3);
}

TEST_CASE("a record is read as it was written", "[queue][shared_rate]") {
    token_record record;
    CHECK(record.text().empty());
    for (int i = 0; i < 3; ++i)
        record.grant(a_day(100, 2), midnight + i * 1h);
    CHECK(record.end() == midnight + 2h + 30min);
    const auto text = record.text();
    auto again = token_record::read(text);
    REQUIRE(again);
    CHECK(again->text() == text);
    CHECK(again->grant(a_day(100, 2), midnight + 2h).tokens == 1);
    for (const auto* bad : {"1", "1 2", "1 2 3", "1 2 x\n", "1 2 -3\n", "1 2 3\n4", " "})
        CHECK_FALSE(token_record::read(bad));
}

TEST_CASE("nodes draw their part of a slice, within bounds", "[queue][shared_rate]") {
    CHECK(draw_size(1, 3) == 1);
    CHECK(draw_size(1000, 1) == 21);
    CHECK(draw_size(1000, 3) == 7);
    CHECK(draw_size(9600, 2) == 100);
    CHECK(draw_size(1'000'000, 2) == draw_max);
}
