// Racing addresses: who starts when, and who wins.
#include "relay/outbound/race.hpp"

#include <vector>

#include "tests/support/catch.hpp"

using namespace kurir::outbound;
using namespace std::chrono_literals;

namespace {

const race::time_point begin{std::chrono::hours(1)};

// Everybody who starts now.
std::vector<std::size_t> start_all(race& subject, race::time_point now) {
    std::vector<std::size_t> all;
    while (const auto next = subject.next(now))
        all.push_back(*next);
    return all;
}

using entrants = std::vector<std::size_t>;

}  // namespace

TEST_CASE("the first address is alone for 250 ms, then one more starts each time", "[race]") {
    race subject(3);
    CHECK(start_all(subject, begin) == entrants{0});
    CHECK(subject.next_start() == begin + 250ms);
    CHECK(start_all(subject, begin + 249ms).empty());
    CHECK(start_all(subject, begin + 250ms) == entrants{1});
    CHECK(start_all(subject, begin + 499ms).empty());
    CHECK(start_all(subject, begin + 500ms) == entrants{2});
    CHECK(subject.next_start() == race::time_point::max());
    CHECK_FALSE(subject.over());
}

TEST_CASE("the first that connects wins, and nobody starts after it", "[race]") {
    race subject(3);
    start_all(subject, begin);
    start_all(subject, begin + 250ms);
    CHECK(subject.connected(1));
    CHECK(subject.over());
    CHECK(subject.winner() == 1U);
    CHECK(start_all(subject, begin + 1h).empty());
    // What connects at the same moment is closed.
    CHECK_FALSE(subject.connected(0));
    CHECK(subject.winner() == 1U);
}

TEST_CASE("an address that fails makes way at once", "[race]") {
    race subject(3);
    start_all(subject, begin);
    subject.failed();
    CHECK(start_all(subject, begin + 1ms) == entrants{1});
    subject.failed();
    CHECK(start_all(subject, begin + 1ms) == entrants{2});
    CHECK_FALSE(subject.over());
    subject.failed();
    CHECK(subject.over());
    CHECK_FALSE(subject.winner());
}

TEST_CASE("a race of one is over with it", "[race]") {
    race subject(1);
    CHECK(start_all(subject, begin) == entrants{0});
    CHECK(subject.next_start() == race::time_point::max());
    subject.failed();
    CHECK(subject.over());
}
