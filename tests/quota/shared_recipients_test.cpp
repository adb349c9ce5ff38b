// Different recipients that several nodes count for the same clients.
#include <chrono>
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

struct writing_nodes : testing::talking_nodes {
    using talking_nodes::talking_nodes;

    // How many of these recipients get a message of their own.
    int sent(std::size_t node, int first, int count) {
        int done = 0;
        for (int number = first; number < first + count; ++number)
            done += write(node, number) ? 1 : 0;
        return done;
    }
    bool write(std::size_t node, int number) {
        const std::vector<recipient_hash> all{hash_of(std::to_string(number) + "@a.example")};
        auto& counts = ledgers[node];
        const auto answer = counts.look("a", limit, all.front(), 0, clock(node));
        if (answer == ledger::answer::too_many) return false;
        taken message;
        over = counts.take("a", {.recipients = limit}, all, clock(node), message);
        last = message;
        return !over;
    }

    config::rate limit{100, 24h};
    std::optional<excess> over;
    taken last;
};

}  // namespace

TEST_CASE("sets of recipients are joined, not summed", "[quota]") {
    writing_nodes nodes(2);
    nodes.exchange_all();
    CHECK(nodes.sent(0, 0, 40) == 40);
    nodes.exchange_all();
    CHECK(nodes.sent(1, 0, 40) == 40);  // known ones
    nodes.exchange_all();
    CHECK(nodes.sent(1, 1000, 100) == 30);  // half of what is left
    nodes.exchange_all();
    CHECK(nodes.sent(0, 1000, 30) == 30);
    CHECK(nodes.sent(0, 2000, 100) == 15);
    CHECK(nodes.lasting.size() == 2);  // what was known was not told again
}

TEST_CASE("a client that keeps to one node gets its whole limit of recipients", "[quota]") {
    writing_nodes nodes(3);
    nodes.exchange_all();
    int sum = 0;
    for (int i = 0; i < 40; ++i) {
        sum += nodes.sent(0, 1000 * i, 100);
        nodes.exchange_all();
    }
    CHECK(sum == 100);
    CHECK(nodes.sent(2, 500'000, 10) == 0);
    CHECK(nodes.sent(2, 0, 1) == 1);
    // They leave the period everywhere.
    nodes.now += 26h;
    nodes.exchange_all();
    CHECK(nodes.sent(2, 500'000, 5) == 5);
}

TEST_CASE("all nodes at once exceed a limit of recipients by one each", "[quota]") {
    writing_nodes nodes(4);
    nodes.exchange_all();
    int sum = 0;
    for (int i = 0; i < 40; ++i) {
        for (std::size_t node = 0; node < 4; ++node)
            sum += nodes.sent(node, static_cast<int>(10'000 * node) + 100 * i, 100);
        nodes.exchange_all();
    }
    CHECK(sum >= 100);
    CHECK(sum <= 103);
}

TEST_CASE("a message with more recipients than a node's part has to wait", "[quota]") {
    writing_nodes nodes(2);
    nodes.exchange_all();
    std::vector<recipient_hash> many;
    for (int number = 0; number < 60; ++number)
        many.push_back(hash_of(std::to_string(number) + "@b.example"));
    taken message;
    const auto over =
        nodes.ledgers[0].take("a", {.recipients = nodes.limit}, many, nodes.now, message);
    REQUIRE(over);
    CHECK(over->wait == 2s);
    many.resize(50);
    CHECK_FALSE(nodes.ledgers[0].take("a", {.recipients = nodes.limit}, many, nodes.now, message));
}

TEST_CASE("nodes that start anew know the recipients of the day", "[quota]") {
    writing_nodes nodes(2);
    nodes.exchange_all();
    CHECK(nodes.sent(0, 0, 50) == 50);
    nodes.exchange_all();
    nodes.now += 12h;
    CHECK(nodes.sent(0, 0, 10) == 10);  // again, and that is told
    nodes.exchange_all();
    nodes.start_all_anew();
    CHECK(nodes.sent(1, 1000, 100) == 25);
    nodes.now += 14h;
    nodes.exchange_all();
    CHECK(
        nodes.ledgers[0].look("a", nodes.limit, hash_of("5@a.example"), 0, nodes.now) ==
        ledger::answer::known
    );
    CHECK(
        nodes.ledgers[0].look("a", nodes.limit, hash_of("15@a.example"), 0, nodes.now) ==
        ledger::answer::fresh
    );
}

TEST_CASE("recipients are known by clocks that are a day apart", "[quota]") {
    for (const auto ahead : {26h, -26h}) {
        writing_nodes nodes(2);
        nodes.ahead[1] = ahead;
        nodes.exchange_all();
        CHECK(nodes.sent(0, 0, 50) == 50);
        nodes.exchange_all();
        CHECK(nodes.sent(1, 1000, 100) == 25);
        nodes.exchange_all();
        nodes.now += 26h;
        nodes.exchange_all();
        CHECK(nodes.sent(1, 3000, 100) == 50);
    }
}

TEST_CASE("what was not told is told again, what was given back is not", "[quota]") {
    writing_nodes nodes(2);
    nodes.exchange_all();
    CHECK(nodes.sent(0, 0, 3) == 3);
    nodes.ledgers[0].give_back(nodes.last);
    std::ignore = nodes.ledgers[0].tell(nodes.now);
    REQUIRE(nodes.ledgers[0].tell_lasting(1, nodes.now).size() == 1);
    nodes.ledgers[0].not_heard();
    nodes.exchange_all();
    const auto look = [&](const char* name) {
        return nodes.ledgers[1].look("a", nodes.limit, hash_of(name), 0, nodes.now);
    };
    CHECK(look("0@a.example") == ledger::answer::known);
    CHECK(look("1@a.example") == ledger::answer::known);
    CHECK(look("2@a.example") == ledger::answer::fresh);
}

TEST_CASE("a node alone collects nothing to tell", "[quota]") {
    ledger counts;
    const config::rate limit{10, 24h};
    const std::vector<recipient_hash> all{1, 2, 3};
    taken message;
    CHECK_FALSE(counts.take("a", {.recipients = limit}, all, start, message));
    CHECK(counts.tell_lasting(1, start).empty());
}

TEST_CASE("lasting words that can't be read say nothing", "[quota]") {
    ledger counts;
    const auto hear = [&](std::string text) {
        counts.hear_lasting({.lasting = {{.text = std::move(text)}}}, start);
    };
    for (const std::string part : {"recipients", "hours", "later"}) {
        for (const std::string text : {"", "x", "1 2\n", "1 2\n3\nkurir-quotas 1\n", "\n\n"}) {
            auto words = begin_words();
            add_part(words, part, text);
            hear(words);
            hear(words.substr(0, words.size() - 2));
        }
    }
    CHECK(counts.size() == 0);
}
