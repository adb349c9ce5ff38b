// R6: the queue has a clock of its own, which only the time that passes moves.
#include "tests/queue/fixture.hpp"

using namespace tests;

namespace {

// Options of a life whose two clocks show what the test says.
struct clocks {
    std::atomic<queue::time_point> now = noon;
    std::atomic<queue::time_point> calendar = noon;
    queue::store_options options() {
        queue::store_options made;
        made.now = [this] { return now.load(); };
        made.calendar = [this] { return calendar.load(); };
        return made;
    }
};

}  // namespace

TEST_CASE("R6 the clock goes on where it stopped", "[queue]") {
    const temporary_directory home;
    clocks shown;
    {
        life first(home.path(), shown.options());
        CHECK_FALSE(first.resumed);
        first.start();
        REQUIRE(first.commit(mail(first.store().allocate(), "body")));
        shown.now = noon + 3h;
    }
    shown.calendar = noon + std::chrono::days(3650);
    life second(home.path(), shown.options());
    REQUIRE(second.opened());
    CHECK(second.resumed == noon + 3h);  // as it was when it was closed
}

TEST_CASE("R6 after a crash it goes on from the last batch", "[queue]") {
    const temporary_directory home;
    const temporary_directory copy;
    clocks shown;
    life first(home.path(), shown.options());
    first.start();
    shown.now = noon + 1h;
    REQUIRE(first.commit(mail(first.store().allocate(), "body")));
    shown.now = noon + 2h;
    std::filesystem::copy(
        home.path() / "db", copy.path() / "db", std::filesystem::copy_options::recursive
    );
    life second(copy.path(), shown.options());
    CHECK(second.opened());
    CHECK(second.resumed == noon + 1h);
}

TEST_CASE(
    "R6 what came due while nobody had the queue is overdue, and nothing is delayed", "[queue]"
) {
    const temporary_directory home;
    clocks shown;
    {
        life first(home.path(), shown.options());
        first.start();
        REQUIRE(first.commit(mail(first.store().allocate(), "body")));
        REQUIRE(first.settle(all_deferred(first.seen.deliveries(1)[0], noon + 2h)));
    }
    const auto [calendar, due, is_spread] =
        GENERATE(table<queue::time_point, queue::time_point, bool>({
            {noon, noon + 2h, false},
            {noon + 30min, noon + 90min, false},           // it was down for half an hour
            {noon + std::chrono::days(5), noon, true},     // or for five days
            {noon + std::chrono::days(3650), noon, true},  // or the clock jumped
            {noon - std::chrono::days(3650), noon + 2h, false},
            {noon - std::chrono::days(1), noon + 2h, false},
        }));
    shown.calendar = calendar;
    auto options = shown.options();
    options.spread = 5min;
    life second(home.path(), std::move(options));
    second.start();
    const auto found = second.seen.deliveries(1)[0];
    CHECK(found.entry == entry_at(noon + 2h));
    CHECK(found.received_at == noon);  // no time has passed for it
    CHECK(found.due >= due);
    CHECK(found.due <= due + (is_spread ? 5min : 0min));
}
