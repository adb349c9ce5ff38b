// Failover between the servers of a relayhost, in virtual time.
#include "relay/outbound/standing.hpp"

#include <string>
#include <utility>
#include <vector>

#include "tests/outbound/start.hpp"
#include "tests/support/catch.hpp"

using namespace kurir::outbound;
using namespace std::chrono_literals;
using tests::start;
using time_point = standing::time_point;

namespace {

// A comma before a server that is less preferred, a bar before one that shares.
std::shared_ptr<const route> list(const std::string& text) {
    auto made = std::make_shared<route>();
    made->relayhost = true;
    for (std::size_t at = 0; at < text.size(); at += 2) {
        const bool shares = at > 0 && text[at - 1] == '|';
        made->targets.push_back({.name = text.substr(at, 1), .addresses = {}, .shares = shares});
    }
    return made;
}

std::string order(
    standing& subject, const std::string& servers, time_point now, std::uint64_t number = 0
) {
    std::string names;
    const auto ordered = subject.in_order(list(servers), number, now);
    for (const auto& each : ordered->targets)
        names += each.name;
    return names;
}

}  // namespace

TEST_CASE("servers without a failure keep their order", "[outbound][standing]") {
    standing subject;
    subject.answered("a:25", start);
    CHECK(order(subject, "a,b,c", start) == "abc");
    CHECK(order(subject, "a|b,c", start, 1) == "bac");
    CHECK(subject.size() == 0);
}

TEST_CASE(
    "a server that failed stands behind, and is tried after a pause", "[outbound][standing]"
) {
    standing subject;
    auto now = start;
    subject.failed("a:25", now);
    auto pause = std::chrono::seconds(standing::pause_min);
    for (int trial = 0; trial < 8; ++trial) {
        CAPTURE(trial);
        CHECK(order(subject, "a,b,c", now) == "bca");
        CHECK(order(subject, "a,b,c", now + pause - 1ms) == "bca");
        now += pause;
        CHECK(order(subject, "a,b,c", now) == "abc");
        CHECK(order(subject, "a,b,c", now) == "bca");  // one connection is enough
        subject.failed("a:25", now);
        pause = std::min<std::chrono::seconds>(2 * pause, standing::pause_max);
    }
    CHECK(pause == standing::pause_max);
}

TEST_CASE("failures of many connections at a time are one", "[outbound][standing]") {
    standing subject;
    for (int i = 0; i < 100; ++i)
        subject.failed("a:25", start + i * 10ms);
    CHECK(order(subject, "a,b", start + standing::pause_min) == "ab");
}

TEST_CASE("a server is preferred again when it has answered for a while", "[outbound][standing]") {
    standing subject;
    subject.failed("a:25", start);
    auto now = start + standing::pause_min;
    const auto well_since = now;
    int first = 0;
    int second = 0;
    while (now < well_since + standing::trial) {
        const auto taken = order(subject, "a,b", now);
        ++(taken == "ab" ? first : second);
        if (taken == "ab") subject.answered("a:25", now);
        now += 100ms;
    }
    CHECK(first == standing::trial / standing::trial_step);
    CHECK(second > 10 * first);
    CHECK(order(subject, "a,b", now) == "ab");
    subject.answered("a:25", now);
    CHECK(subject.size() == 0);
    CHECK(order(subject, "a,b", now) == "ab");
    CHECK(order(subject, "a,b", now) == "ab");
}

TEST_CASE("a server that comes and goes is not followed", "[outbound][standing]") {
    const auto period = GENERATE(2s, 20s, 50s);
    CAPTURE(period.count());
    standing subject;
    int lost = 0;
    int taken = 0;
    int all = 0;
    for (auto now = start; now < start + 1h; now += 100ms, ++all) {
        const bool up = (now - start) / period % 2 == 1;
        if (order(subject, "a,b", now) != "ab") continue;
        up ? subject.answered("a:25", now) : subject.failed("a:25", now);
        ++(up ? taken : lost);
    }
    CHECK(lost <= 60);
    CHECK(taken <= all / 20);
}

TEST_CASE("if all fail, the order is that of preference", "[outbound][standing]") {
    standing subject;
    for (const auto* server : {"a:25", "b:25", "c:25"})
        subject.failed(server, start);
    CHECK(order(subject, "a,b,c", start) == "abc");
}

TEST_CASE("of servers that share, those that work share", "[outbound][standing]") {
    standing subject;
    subject.failed("a:25", start);
    CHECK(order(subject, "a|b|c,d", start, 0) == "bcda");
    CHECK(order(subject, "a|b|c,d", start, 1) == "bcda");
    CHECK(order(subject, "a|b|c,d", start, 2) == "cbda");
    // Its trial is its own turn.
    const auto now = start + standing::pause_min;
    CHECK(order(subject, "a|b|c,d", now, 1) == "bcda");
    CHECK(order(subject, "a|b|c,d", now, 3) == "abcd");
}

TEST_CASE("a server shares only with those as preferred, in any order", "[outbound][standing]") {
    const auto [servers, failing, wanted] = GENERATE(table<std::string, std::string, std::string>({
        {"a,b|c", "b", "a,c,b"},
        {"a,b|c|d", "b", "a,c|d,b"},
        {"a,b|c|d", "bc", "a,d,b|c"},
        {"a|b,c|d", "ac", "b,d,a,c"},
        {"a|b,c", "b", "a,c,b"},
        {"a|b,c", "ab", "c,a|b"},
        {"a|b,c|d", "abcd", "a|b,c|d"},
    }));
    CAPTURE(servers, failing);
    standing subject;
    for (const auto name : failing)
        subject.failed(std::string(1, name) + ":25", start);
    std::string text;
    const auto ordered = subject.in_order(list(servers), 0, start);
    for (const auto& each : ordered->targets) {
        if (!text.empty()) text += each.shares ? '|' : ',';
        text += each.name;
    }
    CHECK(text == wanted);
}

TEST_CASE("only servers of a relayhost with several have a standing", "[outbound][standing]") {
    const auto address = boost::asio::ip::make_address("192.0.2.1");
    route hosts = *list("a,b");
    hosts.targets[0].addresses = {address};
    const host_address first_server{.name = "a", .endpoint = {address, 25}};
    const auto first = [&](const route& asked, shared_standing& subject) {
        return subject.in_order(std::make_shared<const route>(asked), 0)->targets.front().name;
    };
    shared_standing subject;
    CHECK(first(hosts, subject) == "a");
    subject.failed(hosts, first_server);
    CHECK(first(hosts, subject) == "b");

    auto by_mx = hosts;
    by_mx.relayhost = false;
    CHECK(first(by_mx, subject) == "a");
    shared_standing other;
    other.failed(by_mx, first_server);
    auto alone = hosts;
    alone.targets.pop_back();
    other.failed(alone, first_server);
    CHECK(first(hosts, other) == "a");
}

TEST_CASE("no more servers are remembered than there is room for", "[outbound][standing]") {
    standing subject;
    for (std::size_t i = 0; i < 2 * standing::servers_max; ++i)
        subject.failed("host" + std::to_string(i) + ":25", start);
    CHECK(subject.size() == standing::servers_max);
}
