// Rates of clients and senders that several nodes keep together.
#include "relay/inbound/rate_table.hpp"

#include <chrono>
#include <string>
#include <vector>

#include "relay/inbound/submission_limits.hpp"
#include "relay/quota/word_parts.hpp"
#include "tests/inbound/start.hpp"
#include "tests/support/catch.hpp"

using namespace kurir;
using namespace std::chrono_literals;
using inbound::rate_words;
using inbound::submission_limits;
using inbound::told_rate;
using tests::start;

namespace {

// Nodes with the same limits that exchange words every two seconds, one after the other.
struct rated_nodes {
    rated_nodes(std::size_t count, const config::rate& client) : words(count), told_at(count) {
        for (std::size_t i = 0; i < count; ++i)
            limits.push_back(std::make_unique<submission_limits>(client, std::nullopt));
    }

    void exchange(std::size_t node) {
        const auto told = limits[node]->tell(node + 1, now);
        if (told.is_news) {
            words[node] = quota::begin_words();
            quota::add_part(words[node], submission_limits::part_name, told.text);
            told_at[node] = now;
        }
        std::vector<queue::node_words> others;
        for (std::size_t i = 0; i < words.size(); ++i) {
            if (i == node || words[i].empty()) continue;
            const auto age =
                std::chrono::duration_cast<std::chrono::milliseconds>(now - told_at[i]);
            others.push_back({.text = words[i], .age = age});
        }
        limits[node]->hear(others, now);
    }
    void exchange_all(int rounds = 2) {
        for (int round = 0; round < rounds; ++round) {
            for (std::size_t node = 0; node < limits.size(); ++node)
                exchange(node);
        }
    }
    int sent(std::size_t node, int wanted) {
        int done = 0;
        for (int i = 0; i < wanted; ++i)
            done += limits[node]->admit("192.0.2.1", "a@b.test", now) ? 0 : 1;
        return done;
    }

    std::vector<std::unique_ptr<submission_limits>> limits;
    std::vector<std::string> words;
    std::vector<net::clock::time_point> told_at;
    net::clock::time_point now = start;
};

}  // namespace

TEST_CASE("What a client submitted to one node is taken from it at the others", "[inbound]") {
    rated_nodes nodes(2, {100, 1h});
    nodes.exchange_all();
    CHECK(nodes.sent(0, 40) == 40);
    nodes.exchange_all();
    CHECK(nodes.sent(1, 100) == 30);  // half of what is left
    nodes.exchange_all();
    CHECK(nodes.sent(0, 100) == 15);
}

TEST_CASE("A client that keeps to one node has its whole rate", "[inbound]") {
    for (const config::rate& rate : {config::rate{10, 1s}, {60, 1min}, {3600, 1h}, {100, 1h}}) {
        rated_nodes nodes(4, rate);
        nodes.exchange_all();
        const auto brings = [&](std::chrono::seconds time) {
            return static_cast<int>(
                rate.count * static_cast<std::uint64_t>(time / 1s * 1000) /
                static_cast<std::uint64_t>(rate.per.count())
            );
        };
        int sum = 0;
        for (int tick = 0; tick < 600; ++tick) {
            sum += nodes.sent(0, 4000);
            nodes.now += 200ms;
            if (tick % 10 == 9) nodes.exchange_all(1);
        }
        const int whole = static_cast<int>(rate.count) + brings(120s);
        CHECK(sum <= whole);
        CHECK(sum >= (static_cast<int>(rate.count) + brings(112s)) * 95 / 100);
    }
}

TEST_CASE("A client of all nodes has its rate, and once some seconds' worth more", "[inbound]") {
    for (const config::rate& rate : {config::rate{10, 1s}, {60, 1min}, {3600, 1h}, {100, 1h}}) {
        constexpr std::size_t count = 4;
        rated_nodes nodes(count, rate);
        nodes.exchange_all();
        int sum = 0;
        for (int tick = 0; tick < 1200; ++tick) {
            for (std::size_t node = 0; node < count; ++node) {
                sum += nodes.sent(node, 4000);
                // Each exchanges at another time.
                if (tick % 10 == static_cast<int>(3 * node)) nodes.exchange(node);
            }
            nodes.now += 200ms;
        }
        const auto brought = [&](std::chrono::seconds time) {
            return static_cast<int>(
                rate.count * static_cast<std::uint64_t>(time / 1s * 1000) /
                static_cast<std::uint64_t>(rate.per.count())
            );
        };
        const int over = std::max(
            1,
            brought(4s) + static_cast<int>(
                              std::min<std::uint64_t>(rate.count, rate.per <= 4s ? rate.count : 0)
                          )
        );
        CAPTURE(rate.count, rate.per.count());
        CHECK(sum <= static_cast<int>(rate.count) + brought(240s) + 3 * over);
        CHECK(sum >= brought(200s));
    }
}

TEST_CASE("Clients far below their limit are not told", "[inbound]") {
    rated_nodes nodes(2, {100, 1h});
    nodes.exchange_all();
    CHECK(nodes.sent(0, 20) == 20);
    CHECK_FALSE(nodes.limits[0]->tell(1, nodes.now).is_news);
    nodes.exchange_all();
    CHECK(nodes.sent(0, 6) == 6);  // more than half of its part
    CHECK(nodes.limits[0]->tell(1, nodes.now).is_news);
    nodes.exchange_all();
    CHECK_FALSE(nodes.limits[0]->tell(1, nodes.now).is_news);
    nodes.limits[0]->tell_anew();
    CHECK(nodes.limits[0]->tell(1, nodes.now).is_news);
    nodes.exchange_all();
    // Another one tells it: so do all.
    CHECK(nodes.sent(1, 1) == 1);
    CHECK(nodes.limits[1]->tell(2, nodes.now).is_news);
}

TEST_CASE("A node that starts takes over what the others know", "[inbound]") {
    rated_nodes nodes(3, {100, 1h});
    nodes.exchange_all();
    CHECK(nodes.sent(0, 30) == 30);
    CHECK(nodes.sent(1, 30) == 30);
    nodes.exchange_all();
    nodes.limits[2] = std::make_unique<submission_limits>(config::rate{100, 1h}, std::nullopt);
    nodes.words[2].clear();
    nodes.exchange_all();
    // It may take its part of 40, as if it had heard nothing new.
    CHECK(nodes.sent(2, 100) == 13);
}

TEST_CASE("A client is forgotten when it has all of its limit again", "[inbound]") {
    rated_nodes nodes(2, {100, 1min});
    nodes.exchange_all();
    for (int round = 0; round < 5; ++round) {
        CHECK(nodes.sent(0, 50) == 50);
        nodes.exchange_all();
        CHECK(nodes.sent(1, 25) == 25);
        nodes.now += 3min;
        nodes.exchange_all();
    }
    CHECK(nodes.words[0].find("client") == std::string::npos);
}

TEST_CASE(
    "Words of rates are read as they were written, and what is wrong is left out", "[inbound]"
) {
    rate_words words;
    words.teller = 0xabcdefULL;
    words.clients.push_back({.key = ~0ULL, .count = 7, .taken = 12, .missing = 3});
    words.senders.push_back({.key = 1, .count = 1, .taken = 1, .missing = 1});
    const auto text = text_of(words);
    CHECK(text == "teller abcdef\nclient ffffffffffffffff 7 12 3\nsender 1 1 1 1\n");
    const auto read = inbound::read_rate_words(text);
    REQUIRE(read);
    CHECK(read->teller == words.teller);
    CHECK(read->clients == words.clients);
    CHECK(read->senders == words.senders);

    for (const auto* line :
         {"client",
          "client 1",
          "client 1 2 3",
          "client x 1 1 1",
          "client 1 1 -1 1",
          "client 1 1 99999999999999999999 1",
          "client 1 1 9999999999999999 1",
          "later 1 2 3",
          ""}) {
        const auto other = inbound::read_rate_words("teller 1\n" + std::string(line) + '\n');
        REQUIRE(other);
        CHECK(other->clients.empty());
    }
    const auto later = inbound::read_rate_words("teller 1\nclient 1 1 1 1 of a later version");
    REQUIRE(later);
    CHECK_FALSE(later->clients.empty());
    for (const auto* wrong : {"", "\n", "client 1 1 1 1\n", "teller\n", "teller x\n"})
        CHECK_FALSE(inbound::read_rate_words(wrong));
}

TEST_CASE("Of very many clients those near their limit are told", "[inbound]") {
    submission_limits limits(config::rate{4, 1h}, std::nullopt);
    std::ignore = limits.tell(1, start);
    const int many = static_cast<int>(rate_words::told_max) + 500;
    for (int client = 0; client < many; ++client) {
        for (int i = 0; i < (client < 1000 ? 3 : 4); ++i)
            CHECK_FALSE(limits.admit(std::to_string(client), "a@b.test", start));
    }
    const auto words = inbound::read_rate_words(limits.tell(1, start).text);
    REQUIRE(words);
    CHECK(words->clients.size() == rate_words::told_max);
    CHECK(std::ranges::count(words->clients, 4U, &told_rate::missing) == 500);
}

TEST_CASE("What was told of a key that is forgotten does not count when it is back", "[inbound]") {
    inbound::rate_table table({{100, 1min}});
    std::ignore = table.tell(start);
    table.hear({}, 2, start);
    for (int i = 0; i < 50; ++i)
        table.take(1, start);
    for (int i = 0; i < 3; ++i) {
        REQUIRE(table.tell(start).size() == 1);
        table.hear({}, 2, start);
    }
    const auto later = start + 1h;
    for (inbound::rate_key other = 2; table.size() < 1024; ++other)
        table.take(other, start);
    table.take(5000, later);
    REQUIRE(table.size() == 1);
    table.take(1, later);
    CHECK(table.ready_at(1, later) <= later);
}

TEST_CASE(
    "What one node took long ago does not count when another is told of the key", "[inbound]"
) {
    rated_nodes nodes(2, {1000, 1h});
    nodes.exchange_all();
    for (int hour = 0; hour < 24; ++hour) {
        CHECK(nodes.sent(1, 50) == 50);
        nodes.now += 1h;
        nodes.exchange_all();
    }
    CHECK(nodes.sent(0, 400) == 400);
    nodes.exchange_all(4);
    CHECK(nodes.sent(0, 200) == 200);  // of 600, half at least
}

TEST_CASE("Rates of thousands a second are told, too", "[inbound]") {
    inbound::rate_table table({{5000, 1s}});
    std::ignore = table.tell(start);
    table.hear({}, 2, start);
    for (int i = 0; i < 2000; ++i)
        table.take(1, start);
    CHECK(table.tell(start).size() == 1);
}

TEST_CASE("What was told of a key counts once, also if it was left out meanwhile", "[inbound]") {
    inbound::rate_table table({{100, 1h}});
    std::ignore = table.tell(start);
    const told_rate told{.key = 1, .count = 4, .taken = 40, .missing = 40};
    table.hear({{.teller = 9, .rates = {}}}, 2, start);
    table.hear({{.teller = 9, .rates = {told}}}, 2, start);
    table.hear({{.teller = 9, .rates = {}}}, 2, start);
    table.hear({{.teller = 9, .rates = {told}}}, 2, start);
    table.take(1, start);
    CHECK(table.tell(start).front().missing == 41);
}
