#include "relay/outbound/token_block.hpp"

#include <algorithm>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "queue/node_share.hpp"
#include "relay/net/token_bucket.hpp"
#include "tests/support/catch.hpp"

using namespace std::chrono_literals;
using namespace kurir;
using outbound::token_block;
using std::chrono::milliseconds;

namespace {

using time_point = net::clock::time_point;
constexpr time_point boot{100h};

queue::token_grant grant_of(std::uint64_t tokens, milliseconds left = 10min) {
    return {.tokens = tokens, .slice = 48h, .left = left, .retry = tokens > 0 ? 0ms : 7min};
}

}  // namespace

TEST_CASE("tokens are drawn, used, and drawn again", "[outbound][token_block]") {
    token_block block({.count = 4800, .per = 24h});
    CHECK_FALSE(block.has(boot));
    CHECK(block.next(boot) == time_point::max());
    const auto first = block.draw(boot);
    REQUIRE(first);
    CHECK(first->wanted == 1);
    CHECK(first->count == 4800);
    CHECK(first->per == 24h);
    CHECK_FALSE(block.draw(boot));
    CHECK(block.next(boot) == time_point::max());
    block.drawn(grant_of(1), boot);
    CHECK(block.next(boot) == boot);
    block.spend();
    CHECK_FALSE(block.has(boot));
    const auto second = block.draw(boot + 1s);
    REQUIRE(second);
    CHECK(second->wanted == 2);
    CHECK(second->returned == 0);
}

TEST_CASE("blocks grow to the part of this node", "[outbound][token_block]") {
    token_block block({.count = 4800, .per = 24h});
    block.set_nodes(4);
    std::uint64_t largest = 0;
    for (int i = 0; i < 20; ++i) {
        const auto wanted = block.draw(boot)->wanted;
        largest = std::max(largest, wanted);
        block.drawn(grant_of(wanted), boot);
        for (std::uint64_t used = 0; used < wanted; ++used)
            block.spend();
    }
    CHECK(largest == 25);
}

TEST_CASE("a block ends with its slice, and the rest is given back", "[outbound][token_block]") {
    token_block block({.count = 4800, .per = 24h});
    REQUIRE(block.draw(boot));
    block.drawn(grant_of(5), boot);
    block.spend();
    CHECK(block.left(boot + 10min - 1ms) == 4);
    CHECK(block.left(boot + 10min) == 0);

    SECTION("with the next request") {
        const auto next = block.draw(boot + 10min);
        REQUIRE(next);
        CHECK(next->returned == 4);
        CHECK(next->returned_to == 48h);
        // If that fails, it may have been done.
        block.failed(boot + 10min);
        CHECK(block.draw(boot + 20min)->returned == 0);
    }
    SECTION("when it is not needed") {
        const auto back = block.give_back();
        REQUIRE(back);
        CHECK(back->wanted == 0);
        CHECK(back->returned == 4);
        CHECK(back->returned_to == 48h);
        CHECK_FALSE(block.give_back());
        CHECK_FALSE(block.has(boot));
    }
}

TEST_CASE("without tokens or a database it asks now and then", "[outbound][token_block]") {
    token_block block({.count = 4800, .per = 24h});
    REQUIRE(block.draw(boot));
    block.drawn(grant_of(0), boot);
    CHECK(block.next(boot) == boot + 7min);
    CHECK_FALSE(block.draw(boot + 7min - 1ms));
    auto moment = boot + 7min;
    for (const auto pause : {5s, 10s, 20s, 40s, 60s, 60s}) {
        REQUIRE(block.draw(moment));
        block.failed(moment);
        CHECK(block.next(moment) == moment + pause);
        CHECK_FALSE(block.draw(moment + pause - 1ms));
        moment += pause;
    }
}

// --- several nodes, in virtual time

namespace {

constexpr config::rate hourly{.count = 500, .per = 1h};

using told_grant = std::shared_ptr<std::optional<queue::token_grant>>;

// The database: its record, whether it answers, and what is on its way there.
struct drawn_record {
    struct question {
        queue::token_request request;
        milliseconds arrives;
        told_grant told;
    };

    // It does what arrives, whatever has become of the node that asked.
    void step(milliseconds time) {
        std::erase_if(questions, [&](const question& each) {
            if (each.arrives > time) return false;
            if (!away) *each.told = record.grant(each.request, time);
            return true;
        });
    }

    queue::token_record record;
    bool away = false;
    std::vector<question> questions;
};

// A relay that always has mail.
class drawing_node {
public:
    drawing_node(drawn_record& shared, milliseconds offset) : shared_(shared), offset_(offset) {}

    // True if it sends a message. `answer_in`: how long the database takes; it may answer what
    // never arrives.
    bool step(milliseconds time, std::size_t nodes, milliseconds answer_in, bool lost) {
        const time_point moment = boot + offset_ + time;
        block_.set_nodes(nodes);
        hear(moment, time);
        if (pace_.next() <= moment && !asked_) {
            if (auto request = block_.draw(moment)) ask(std::move(*request), time, answer_in, lost);
        }
        if (pace_.next() > moment || !block_.has(moment)) return false;
        pace_.spend(moment);
        block_.spend();
        return true;
    }
    void stop(milliseconds time) {
        if (auto back = block_.give_back()) {
            shared_.questions.push_back(
                {std::move(*back), time + 100ms, std::make_shared<told_grant::element_type>()}
            );
        }
    }

private:
    struct question {
        told_grant told;
        milliseconds ends;
        time_point asked;
        bool lost = false;
    };

    void ask(queue::token_request request, milliseconds time, milliseconds takes, bool lost) {
        auto told = std::make_shared<told_grant::element_type>();
        shared_.questions.push_back({std::move(request), time + takes / 2, told});
        asked_ = {std::move(told), time + takes + 200ms, boot + offset_ + time, lost};
    }
    void hear(time_point now, milliseconds time) {
        if (!asked_ || time < asked_->ends) return;
        const auto question = std::move(*asked_);
        asked_.reset();
        if (question.lost || !*question.told) return block_.failed(now);
        block_.drawn(**question.told, question.asked);
    }

    drawn_record& shared_;
    milliseconds offset_;
    token_block block_{hourly};
    net::token_bucket pace_{hourly.count, hourly.per, 1};
    std::optional<question> asked_;
};

std::size_t most_in_an_hour(const std::vector<milliseconds>& sent) {
    std::size_t most = 0;
    std::size_t first = 0;
    for (std::size_t i = 0; i < sent.size(); ++i) {
        while (sent[i] - sent[first] >= hourly.per)
            ++first;
        most = std::max(most, i - first + 1);
    }
    return most;
}

std::size_t sent_between(
    const std::vector<milliseconds>& sent, milliseconds begin, milliseconds end
) {
    return static_cast<std::size_t>(std::ranges::count_if(sent, [&](milliseconds each) {
        return each >= begin && each < end;
    }));
}

struct token_fleet {
    explicit token_fleet(unsigned seed) : random(seed) {}

    int roll(int sides) { return std::uniform_int_distribution(0, sides - 1)(random); }
    void join() {
        nodes.push_back({std::make_unique<drawing_node>(shared, milliseconds(roll(100'000))), 0ms});
    }
    void run(milliseconds until, bool faults) {
        for (; time < until; time += 100ms) {
            if (faults) trouble();
            shared.step(time);
            for (auto& [node, awake_at] : nodes) {
                if (time < awake_at) continue;
                const bool lost = faults && roll(20) == 0;
                if (node->step(time, nodes.size(), milliseconds(roll(600)), lost)) {
                    sent.push_back(time);
                }
            }
        }
    }
    // Every two minutes something.
    void trouble() {
        if (roll(1200) > 0) return;
        const auto chosen = static_cast<std::size_t>(roll(static_cast<int>(nodes.size())));
        switch (roll(6)) {
            case 0:
                if (nodes.size() < 6) join();
                break;
            case 1:  // it is killed, and another one comes
                nodes.erase(nodes.begin() + static_cast<std::ptrdiff_t>(chosen));
                join();
                break;
            case 2:  // it stops
                if (nodes.size() < 2) break;
                nodes[chosen].first->stop(time);
                nodes.erase(nodes.begin() + static_cast<std::ptrdiff_t>(chosen));
                break;
            case 3:
                nodes[chosen].second = time + milliseconds(roll(300'000));
                break;
            default:
                shared.away = !shared.away;
        }
    }

    std::mt19937 random;
    drawn_record shared;
    std::vector<std::pair<std::unique_ptr<drawing_node>, milliseconds>> nodes;
    milliseconds time = 20h;
    std::vector<milliseconds> sent;
};

}  // namespace

TEST_CASE("nodes use a rate up and never exceed it", "[outbound][token_block]") {
    const auto count = static_cast<std::size_t>(GENERATE(1, 2, 5));
    token_fleet all(7);
    for (std::size_t i = 0; i < count; ++i)
        all.join();
    all.run(26h, false);
    CHECK(most_in_an_hour(all.sent) <= hourly.count);
    // 48 parts of 49 at least.
    CHECK(sent_between(all.sent, 22h, 26h) >= 4 * hourly.count * 48 / 49 - 4);
}

TEST_CASE("a larger rate costs few requests", "[outbound][token_block]") {
    token_block block({.count = 100'000, .per = 24h});
    block.set_nodes(3);
    queue::token_record record;
    std::size_t requests = 0;
    std::size_t sent = 0;
    for (milliseconds time = 48h; time < 72h; time += 900ms) {
        if (auto request = block.draw(boot + time)) {
            ++requests;
            block.drawn(record.grant(*request, time), boot + time);
        }
        if (!block.has(boot + time)) continue;
        block.spend();
        ++sent;
    }
    CHECK(sent > 90'000);
    CHECK(requests * 100 < sent);
}

TEST_CASE(
    "whoever comes, dies, stops or sleeps, a rate is not exceeded", "[outbound][token_block]"
) {
    const auto seed = GENERATE(range(0U, 20U));
    CAPTURE(seed);
    token_fleet all(seed);
    all.join();
    all.run(26h, true);
    CHECK(most_in_an_hour(all.sent) <= hourly.count);
    CHECK(all.sent.size() > hourly.count);
    // When the trouble is over, all of it is used again.
    all.shared.away = false;
    all.run(28h, false);
    CHECK(most_in_an_hour(all.sent) <= hourly.count);
    all.run(29h, false);
    CHECK(sent_between(all.sent, 28h, 29h) >= hourly.count * 48 / 49 - 12);
}

// What this replaces: each has its part, and knows nothing of what was sent before it came.
TEST_CASE("parts of a long rate are exceeded by nodes that come", "[outbound][token_block]") {
    constexpr config::rate few{.count = 24, .per = 24h};
    std::vector<milliseconds> sent;
    for (int life = 0; life < 30; ++life) {
        const auto part = queue::node_share("me", {"other"}).part_of_rate(few.count, "hub");
        net::token_bucket bucket(part.count, few.per * part.periods, 1);
        if (!bucket.take(boot + life * 10min)) sent.push_back(life * 10min);
    }
    CHECK(sent.size() > few.count);
}
