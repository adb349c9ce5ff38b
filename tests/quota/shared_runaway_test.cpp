// The brake on runaways, over several nodes.
#include <chrono>
#include <vector>

#include "relay/quota/ledger.hpp"
#include "tests/quota/talking_nodes.hpp"
#include "tests/support/catch.hpp"

using namespace kurir;
using namespace kurir::quota;
using namespace std::chrono_literals;

namespace {

constexpr limits braked{.runaway = 10};

struct running_nodes : testing::talking_nodes {
    using talking_nodes::talking_nodes;

    int sent(std::size_t node, int wanted) {
        int done = 0;
        for (int i = 0; i < wanted; ++i) {
            taken message;
            over = ledgers[node].look("a", braked, clock(node));
            if (over) continue;
            if (!ledgers[node].take("a", braked, {}, clock(node), message)) ++done;
        }
        return done;
    }
    // Each node takes so many messages in an hour.
    void pass_hours(int hours, int each) {
        for (int hour = 0; hour < hours; ++hour) {
            for (std::size_t node = 0; node < ledgers.size(); ++node)
                CHECK(sent(node, each) == each);
            now += 1h;
            exchange_all();
        }
    }

    std::optional<excess> over;
};

}  // namespace

TEST_CASE("the last hour and what is usual are sums of all nodes", "[quota]") {
    running_nodes nodes(2);
    nodes.pass_hours(30, 10);
    nodes.now += 61min;
    nodes.exchange_all();
    // 20 in an hour are usual: 200 are too much, wherever they come from.
    CHECK(nodes.sent(0, 150) == 150);
    CHECK(nodes.sent(1, 40) == 40);
    nodes.exchange_all();
    CHECK(nodes.sent(1, 30) == 10);
    REQUIRE(nodes.over);
    CHECK(nodes.over->brake == brake::runaway);
    CHECK(nodes.over->usual == 20);
    nodes.exchange_all();
    CHECK(nodes.sent(0, 1) == 0);
    CHECK(nodes.over->sent == 200);
}

TEST_CASE("a client that is new to a node is stopped there as at the others", "[quota]") {
    running_nodes nodes(2);
    for (int hour = 0; hour < 30; ++hour) {
        CHECK(nodes.sent(0, 20) == 20);
        nodes.now += 1h;
        nodes.exchange_all();
    }
    nodes.now += 1h;
    nodes.exchange_all();
    CHECK(nodes.sent(0, 300) == 200);
    nodes.exchange_all();
    CHECK(nodes.sent(1, 10) == 0);
    // It asks for less: all release it.
    nodes.now += 62min;
    nodes.exchange_all();
    CHECK(nodes.ledgers[0].look_through(nodes.now).released.size() == 1);
    CHECK(nodes.ledgers[1].look_through(nodes.now).released.size() == 1);
    CHECK(nodes.sent(1, 10) == 10);
}

TEST_CASE("one that still asks at one node is not released at another", "[quota]") {
    running_nodes nodes(2);
    nodes.pass_hours(30, 10);
    nodes.now += 61min;
    nodes.exchange_all();
    CHECK(nodes.sent(0, 250) == 200);
    nodes.now += 50min;
    CHECK(nodes.sent(0, 250) == 0);
    nodes.exchange_all();
    nodes.now += 15min;
    nodes.exchange_all();
    CHECK(nodes.sent(1, 1) == 0);
    nodes.now += 62min;
    nodes.exchange_all();
    CHECK(nodes.sent(1, 1) == 1);
}

TEST_CASE("an hour in which a client was stopped does not become usual on all", "[quota]") {
    running_nodes nodes(2);
    nodes.pass_hours(30, 10);
    nodes.now += 61min;
    nodes.exchange_all();
    for (int round = 0; round < 5; ++round) {
        nodes.sent(0, 100);
        nodes.sent(1, 100);
        nodes.exchange_all();
    }
    nodes.now += 5h;
    nodes.exchange_all();
    nodes.sent(0, 100);
    nodes.sent(1, 100);
    nodes.exchange_all();
    nodes.sent(0, 10);
    REQUIRE(nodes.over);
    CHECK(nodes.over->usual <= 20);
}

TEST_CASE("nodes that start anew know what was usual", "[quota]") {
    running_nodes nodes(2);
    nodes.pass_hours(30, 10);
    nodes.now += 2h;
    nodes.exchange_all();
    nodes.start_all_anew();
    CHECK(nodes.sent(1, 300) == 200);
    CHECK(nodes.over->usual == 20);
}

TEST_CASE("until all hours are known, a node compares its own", "[quota]") {
    running_nodes nodes(2);
    // Each has a week of its own; the others never heard of it.
    for (int hour = 0; hour < 30; ++hour) {
        CHECK(nodes.sent(0, 20) == 20);
        CHECK(nodes.sent(1, 20) == 20);
        nodes.now += 1h;
    }
    nodes.exchange_all();
    CHECK(nodes.lasting.empty());
    nodes.now += 1h;
    CHECK(nodes.sent(0, 150) == 150);
    CHECK(nodes.sent(1, 150) == 150);
    nodes.exchange_all();
    CHECK(nodes.sent(0, 40) == 40);  // 340 on both, but 190 here
}

TEST_CASE("hours that are told twice count once", "[quota]") {
    running_nodes nodes(2);
    for (int hour = 0; hour < 30; ++hour) {
        CHECK(nodes.sent(0, 20) == 20);
        nodes.now += 1h;
        nodes.exchange_all();
        const auto told = nodes.lasting;
        if (!told.empty()) nodes.lasting.push_back(told.back());
    }
    nodes.now += 1h;
    nodes.exchange_all();
    nodes.sent(0, 300);
    REQUIRE(nodes.over);
    CHECK(nodes.over->usual == 20);
}
