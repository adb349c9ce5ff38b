#include "relay/inbound/fewest.hpp"

#include <vector>

#include "tests/support/catch.hpp"

using kurir::inbound::fewest;

TEST_CASE("who has the fewest is next, in turn among equals", "[inbound]") {
    std::vector<int> held{0, 0, 0};
    std::size_t turn = 0;
    std::vector<std::size_t> chosen;
    const auto choose = [&] {
        const auto next = fewest(held.size(), turn, [&](std::size_t i) { return held[i]; });
        ++held[next];
        turn = next + 1;
        chosen.push_back(next);
    };
    for (int i = 0; i < 4; ++i)
        choose();
    CHECK(chosen == std::vector<std::size_t>{0, 1, 2, 0});
    held = {5, 1, 3};
    for (int i = 0; i < 5; ++i)
        choose();
    CHECK(held == std::vector<int>{5, 4, 5});
    held = {7};
    CHECK(fewest(1, 12, [&](std::size_t i) { return held[i]; }) == 0);
}
