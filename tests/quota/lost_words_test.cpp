// What nodes have told each other for long, after a failover to a server that has lost some of it.
#include <chrono>
#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include "relay/quota/ledger.hpp"
#include "relay/quota/record.hpp"
#include "tests/quota/talking_nodes.hpp"
#include "tests/support/catch.hpp"

using namespace kurir;
using namespace kurir::quota;
using namespace std::chrono_literals;

namespace {

constexpr config::rate daily{100, 24h};
constexpr limits watched{.runaway = 10};

struct losing_nodes : testing::talking_nodes {
    using talking_nodes::talking_nodes;

    taken write(std::size_t node, recipient_hash recipient) {
        taken message;
        const std::vector all{recipient};
        CHECK_FALSE(ledgers[node].take("a", {.recipients = daily}, all, clock(node), message));
        return message;
    }
    bool knows(std::size_t node, recipient_hash recipient) {
        const auto known = ledgers[node].look("a", daily, recipient, 0, clock(node));
        return known == ledger::answer::known;
    }

    void send(std::size_t node, int count) {
        for (int i = 0; i < count; ++i) {
            taken message;
            CHECK_FALSE(ledgers[node].take("a", watched, {}, clock(node), message));
        }
    }
    // So many messages in each hour, and then two hours without any.
    void send_each_hour(std::size_t node, int hours, int count) {
        for (int hour = 0; hour < hours; ++hour) {
            send(node, count);
            now += 1h;
            exchange_all();
        }
        now += 2h;
    }
    std::uint64_t usual(std::size_t node) {
        for (int i = 0; i < 2000; ++i) {
            taken message;
            const auto over = ledgers[node].take("a", watched, {}, clock(node), message);
            if (const auto stop = ledgers[node].look("a", watched, clock(node))) return stop->usual;
            if (over) break;
        }
        return 0;
    }
};

// An hour of the client, as a node tells it.
queue::node_words hour_of(std::uint64_t teller, std::int64_t hour, time_point now) {
    told_accounts told;
    told["a"].usual.learn({hour, 1});
    auto words = begin_words();
    const auto text = std::to_string(teller) + ' ' + std::to_string(hour) + '\n' +
                      told_text(record_of(told), now);
    add_part(words, lasting_counts::hours_part, text);
    return {.text = std::move(words)};
}

}  // namespace

TEST_CASE("recipients that the database has lost are told again", "[quota]") {
    losing_nodes nodes(3);
    nodes.exchange_all();
    nodes.write(0, 1);
    nodes.exchange_all();
    nodes.write(0, 2);
    nodes.exchange(0);
    REQUIRE(nodes.lasting.size() == 2);
    SECTION("by the node that told them") {
        nodes.fail_over(1);
        nodes.write(1, 3);  // gets the place of the lost one
        nodes.exchange_all();
        CHECK(nodes.knows(1, 2));
        CHECK(nodes.knows(2, 2));
        CHECK(nodes.knows(2, 3));
        CHECK(nodes.lasting.size() == 3);
    }
    SECTION("by one that has read them, if that one is gone") {
        nodes.exchange(1);
        nodes.fail_over(1);
        nodes.start_anew(0);
        nodes.exchange_all(3);  // all is read in the first, told in the second
        CHECK(nodes.knows(0, 2));
        CHECK(nodes.knows(2, 2));
    }
    SECTION("all of them, after many failovers") {
        nodes.fail_over(2);
        nodes.exchange_all();
        nodes.fail_over(nodes.lasting.size());
        nodes.exchange_all();
        for (std::size_t node = 0; node < 3; ++node)
            CHECK((nodes.knows(node, 1) && nodes.knows(node, 2)));
    }
}

TEST_CASE("a later use that the database has lost is told again", "[quota]") {
    losing_nodes nodes(2);
    nodes.exchange_all();
    nodes.write(0, 1);
    nodes.exchange_all();
    nodes.now += 12h;
    nodes.write(0, 1);
    nodes.exchange(0);
    nodes.fail_over(1);
    nodes.exchange_all();
    nodes.now += 14h;
    CHECK(nodes.knows(1, 1));
}

TEST_CASE("a server that has lost nothing is told nothing again", "[quota]") {
    losing_nodes nodes(2);
    nodes.exchange_all();
    nodes.write(0, 1);
    nodes.send_each_hour(0, 5, 10);
    nodes.exchange_all();
    const auto told = nodes.lasting.size();
    REQUIRE(told > 5);
    nodes.fail_over(0);
    nodes.exchange_all();
    CHECK(nodes.lasting.size() == told);
    // Nor what is over by itself.
    nodes.now += 26h;
    nodes.fail_over(1);
    nodes.exchange_all();
    CHECK(nodes.lasting.size() == told);
}

TEST_CASE("what is given back while all is read again is not told", "[quota]") {
    losing_nodes nodes(1);
    nodes.exchange_all();
    const auto message = nodes.write(0, 1);
    nodes.write(0, 2);
    auto& counts = nodes.ledgers[0];
    counts.hear_lasting({.more = true, .from_start = true}, nodes.now);
    counts.give_back(message);
    counts.hear_lasting({}, nodes.now);
    nodes.exchange_all();
    nodes.start_anew(0);
    nodes.exchange_all();
    CHECK_FALSE(nodes.knows(0, 1));
    CHECK(nodes.knows(0, 2));
}

TEST_CASE("nothing is told again before all is read", "[quota]") {
    losing_nodes nodes(1);
    nodes.exchange_all();
    nodes.write(0, 1);
    nodes.exchange_all();
    auto& counts = nodes.ledgers[0];
    const auto tells = [&] {
        std::ignore = counts.tell(nodes.now);
        return counts.tell_lasting(1, nodes.now).size();
    };
    counts.hear_lasting({.more = true, .from_start = true}, nodes.now);
    CHECK(tells() == 0);
    counts.hear_lasting({}, nodes.now);
    CHECK(tells() == 1);
    counts.not_heard();
    CHECK(tells() == 1);
    counts.hear({}, nodes.now);
    CHECK(tells() == 0);
}

TEST_CASE("hours that are read again count once, those that were lost are told again", "[quota]") {
    losing_nodes nodes(2);
    nodes.send_each_hour(0, 30, 20);
    nodes.exchange_all();
    SECTION("nothing lost") {
        nodes.fail_over(0);
    }
    SECTION("all lost") {
        nodes.fail_over(nodes.lasting.size());
    }
    SECTION("all lost, many times") {
        for (int i = 0; i < 5; ++i) {
            nodes.fail_over(nodes.lasting.size());
            nodes.exchange_all();
        }
    }
    SECTION("lost, and not told at once") {
        nodes.fail_over(10);
        nodes.exchange(0);
        std::ignore = nodes.ledgers[0].tell(nodes.now);
        std::ignore = nodes.ledgers[0].tell_lasting(1, nodes.now);
        nodes.ledgers[0].not_heard();
    }
    nodes.exchange_all();
    CHECK(nodes.usual(1) == 20);
    nodes.start_anew(1);
    nodes.exchange_all();
    CHECK(nodes.usual(1) == 20);
    CHECK(nodes.usual(0) == 20);
}

TEST_CASE("the busiest hour is known to a node that had not read it", "[quota]") {
    losing_nodes nodes(2);
    nodes.send_each_hour(0, 30, 20);
    nodes.exchange_all();
    nodes.send(0, 50);
    nodes.now += 3h;
    nodes.exchange(0);
    nodes.fail_over(1);
    nodes.exchange_all();
    CHECK(nodes.usual(1) == 50);
}

TEST_CASE("hours of more tellers than are remembered are not counted twice", "[quota]") {
    constexpr std::uint64_t tellers = 120;
    const auto now = testing::start;
    const auto current = usual_rate::hour_at(now);
    lasting_counts counts;
    const auto read = [&](std::int64_t hours) {
        for (std::int64_t back = hours; back >= 2; --back) {
            for (std::uint64_t teller = 1; teller <= tellers; ++teller)
                std::ignore = counts.hear(hour_of(teller, current - back, now), now);
        }
    };
    for (int round = 0; round < 3; ++round) {
        read(150);
        CHECK(counts.usual("a", now) == tellers);
    }
}
