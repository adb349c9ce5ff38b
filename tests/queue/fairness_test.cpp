#include "queue/fairness.hpp"

#include <string>

#include "tests/support/catch.hpp"

using namespace kurir;

TEST_CASE("items of one sender leave in the order in which they came", "[queue][fairness]") {
    queue::fair_queue<std::string, int> ready;
    for (int i = 0; i < 5; ++i)
        ready.push("a", 10, i);
    for (int i = 0; i < 5; ++i)
        CHECK(ready.pop() == i);
    CHECK_FALSE(ready.pop());
    CHECK(ready.empty());
    CHECK(ready.keys() == 0);
}

TEST_CASE("some items of a sender go ahead of its others", "[queue][fairness]") {
    queue::fair_queue<std::string, int> ready;
    for (int i = 0; i < 3; ++i)
        ready.push("a", 10, 10 + i);
    for (int i = 0; i < 3; ++i)
        ready.push("a", 10, i, true);
    CHECK(ready.size() == 6);
    CHECK(ready.front_item() == 0);
    std::vector<int> all;
    ready.each([&all](int each) { all.push_back(each); });
    CHECK(all == std::vector<int>{0, 1, 2, 10, 11, 12});
    CHECK(ready.extract_if([](int each) { return each % 10 == 1; }) == std::vector<int>{1, 11});
    CHECK(ready.pop_while("a", [](int each) { return each < 11; }) == std::vector<int>{0, 2, 10});
    CHECK(ready.pop() == 12);
    CHECK(ready.keys() == 0);
}

TEST_CASE("a million newsletters do not delay a password reset", "[queue][fairness]") {
    queue::fair_queue<std::string, std::string> ready(4096);
    for (int i = 0; i < 100'000; ++i)
        ready.push("newsletter", 4096, "news");
    ready.push("login", 4096, "reset");
    int before = 0;
    while (ready.pop() != "reset")
        ++before;
    CHECK(before <= 2);
}

TEST_CASE("each sender gets the same number of bytes, not of messages", "[queue][fairness]") {
    queue::fair_queue<std::string, char> ready(1000);
    for (int i = 0; i < 100; ++i)
        ready.push("large", 10'000, 'L');
    for (int i = 0; i < 1000; ++i)
        ready.push("small", 1000, 's');
    int large = 0;
    int small = 0;
    while (large + small < 440)
        ++(ready.pop() == 'L' ? large : small);
    CHECK(large >= 39);
    CHECK(large <= 41);
}

TEST_CASE("a message larger than any quantum leaves at last", "[queue][fairness]") {
    queue::fair_queue<std::string, int> ready(1);
    ready.push("a", 50'000, 1);
    CHECK(ready.pop() == 1);
    CHECK(ready.empty());
}

TEST_CASE("what follows in a line can leave with its first", "[queue][fairness]") {
    queue::fair_queue<std::string, int> ready(10);
    for (const int each : {2, 4, 5, 6})
        ready.push("a", 10, each);
    ready.push("b", 10, 1);
    const auto is_even = [](int each) { return each % 2 == 0; };
    CHECK(ready.pop_while("a", is_even) == std::vector<int>{2, 4});
    CHECK(ready.pop_while("a", is_even).empty());
    CHECK(ready.pop_while("b", is_even).empty());
    CHECK(ready.pop_while("unknown", is_even).empty());
    CHECK(ready.size() == 3);
    CHECK(ready.pop_while("a", [](int) { return true; }) == std::vector<int>{5, 6});
    CHECK(ready.keys() == 1);
    CHECK(ready.pop() == 1);
    CHECK(ready.empty());
}
