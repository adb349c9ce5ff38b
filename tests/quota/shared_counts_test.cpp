// Limits of messages that several nodes apply to the same clients.
#include "relay/quota/shared_counts.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "relay/quota/ledger.hpp"
#include "tests/quota/talking_nodes.hpp"
#include "tests/support/catch.hpp"

using namespace kurir;
using namespace kurir::quota;
using namespace std::chrono_literals;
using testing::start;

namespace {

struct sending_nodes : testing::talking_nodes {
    using talking_nodes::talking_nodes;

    // How many of `wanted` messages are taken.
    int sent(std::size_t node, int wanted) {
        int done = 0;
        for (int i = 0; i < wanted; ++i) {
            taken message;
            const bool refused =
                ledgers[node].look("a", {.messages = rates}, clock(node)) ||
                ledgers[node].take("a", {.messages = rates}, {}, clock(node), message);
            done += refused ? 0 : 1;
        }
        return done;
    }
    std::optional<excess> look(std::size_t node) {
        return ledgers[node].look("a", {.messages = rates}, clock(node));
    }

    std::vector<config::rate> rates{{100, 1h}};
};

}  // namespace

TEST_CASE("what one node has taken counts at the others", "[quota]") {
    sending_nodes nodes(2);
    nodes.exchange_all();
    CHECK(nodes.sent(0, 40) == 40);
    nodes.exchange_all();
    CHECK(nodes.sent(1, 200) == 30);  // half of what is left
    nodes.exchange_all();
    CHECK(nodes.sent(0, 200) == 15);
}

TEST_CASE("a client that talks to one node gets its whole limit, and no more", "[quota]") {
    sending_nodes nodes(3);
    nodes.exchange_all();
    int sum = 0;
    for (int i = 0; i < 30; ++i) {
        sum += nodes.sent(0, 200);
        CHECK((sum == 100 || nodes.look(0)->wait == 2s));
        nodes.exchange_all();
    }
    CHECK(sum == 100);
    CHECK(nodes.look(0)->wait > 59min);
    CHECK(nodes.look(1)->wait > 59min);
    CHECK(nodes.sent(2, 5) == 0);
    // It leaves the window everywhere.
    nodes.now += 62min;
    nodes.exchange_all();
    CHECK(nodes.sent(2, 5) == 5);
}

TEST_CASE("a client that talks to all at once exceeds its limit by one for each", "[quota]") {
    sending_nodes nodes(4);
    nodes.exchange_all();
    int sum = 0;
    for (int i = 0; i < 30; ++i) {
        for (std::size_t node = 0; node < 4; ++node)
            sum += nodes.sent(node, 50);
        nodes.exchange_all();
    }
    CHECK(sum >= 100);
    CHECK(sum <= 103);
}

TEST_CASE("what was told just now may not be heard yet", "[quota]") {
    sending_nodes nodes(2);
    nodes.exchange_all();
    CHECK(nodes.sent(0, 100) == 50);
    nodes.exchange(0);
    CHECK(nodes.sent(0, 100) == 0);  // it told them, but the other one has not asked since
    CHECK(nodes.sent(1, 100) == 50);
    nodes.exchange_all();
    CHECK(nodes.sent(0, 100) + nodes.sent(1, 100) == 0);
}

TEST_CASE("clocks of nodes may be a day apart", "[quota]") {
    for (const auto ahead : {26h, -26h}) {
        sending_nodes nodes(2);
        nodes.ahead[1] = ahead;
        nodes.exchange_all();
        CHECK(nodes.sent(0, 50) == 50);
        nodes.now += 1min;
        nodes.exchange_all();
        CHECK(nodes.sent(1, 100) == 25);
        nodes.exchange_all();
        CHECK(nodes.sent(0, 100) == 12);
        nodes.now += 63min;
        nodes.exchange_all();
        CHECK(nodes.sent(1, 100) == 50);
    }
}

TEST_CASE("a node that hears nothing uses its part of what was left", "[quota]") {
    sending_nodes nodes(2);
    nodes.exchange_all();
    CHECK(nodes.sent(0, 20) == 20);
    nodes.exchange_all();
    CHECK(nodes.sent(0, 100) == 40);
    nodes.now += 1min;
    CHECK(nodes.sent(0, 100) == 0);
    CHECK(nodes.sent(1, 100) == 40);
}

TEST_CASE("what is known is not told again, but now and then", "[quota]") {
    sending_nodes nodes(2);
    nodes.exchange_all();
    CHECK(nodes.sent(0, 1) == 1);
    auto& counts = nodes.ledgers[0];
    CHECK(counts.tell(start).is_news);
    CHECK(counts.tell(start).is_news);  // nobody heard it
    counts.hear({}, start);
    CHECK_FALSE(counts.tell(start + 1s).is_news);
    counts.hear({}, start + 1s);
    CHECK_FALSE(counts.tell(start + 29s).is_news);
    CHECK(counts.tell(start + 30s).is_news);
}

TEST_CASE("what the others can't know is told again at once", "[quota]") {
    sending_nodes nodes(2);
    nodes.exchange_all();
    auto& counts = nodes.ledgers[0];
    CHECK_FALSE(counts.tell(start).is_news);
    counts.hear({}, start);
    counts.tell_anew();
    CHECK(counts.tell(start).is_news);

    // Nor does it count as known to them.
    nodes.exchange_all();
    CHECK(nodes.sent(0, 20) == 20);
    nodes.exchange_all();
    counts.tell_anew();
    CHECK(nodes.sent(0, 100) == 30);
}

TEST_CASE("words that can't be read count for nothing", "[quota]") {
    const auto with_words = [](const std::string& text) {
        ledger counts;
        counts.hear({{.text = text}}, start);
        const std::vector<config::rate> rates{{1, 1h}};
        return !counts.look("a", {.messages = rates}, start);
    };
    for (const std::string text :
         {"", "x", "\n", "12", "12\n", "12\nkurir-quotas 2\nend 00000000\n"})
        CHECK(with_words(text));
    CHECK(with_words("99999999999999999999\nkurir-quotas 1\n"));
}
