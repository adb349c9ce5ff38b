// Whom a refusal holds up, who gets the next turn, and how mail ends that waits too long.
#include <algorithm>
#include <map>
#include <set>

#include "tests/outbound/scheduler_world.hpp"

using namespace tests;
using world = scheduler_world;

namespace {

void arrive_from(
    world& now,
    std::uint64_t id,
    const std::string& sender,
    queue::priority priority = queue::priority::normal,
    std::uint32_t attempts = 0
) {
    auto made = delivery_due(id, now.wall, attempts);
    made.received_at = now.wall;
    made.tenant = sender;
    made.priority = priority;
    now.subject.arrived({std::move(made)}, now.now());
}

// Lets the destination answer for a while: what the sender's jobs end in.
template <class Answer>
std::map<std::string, int> play(world& now, std::chrono::milliseconds time, Answer answer) {
    std::map<std::string, int> taken;
    for (auto passed = 0ms; passed < time; passed += 10ms) {
        now.pass(10ms);
        while (!now.lookups.empty())
            now.route(now.lookups.front(), "mx");
        while (!now.gone.empty())
            now.end(*now.gone.begin());
        now.open_all();
        const auto jobs = now.jobs;
        for (const auto& [which, what] : jobs) {
            const kind how = answer(what.tenant);
            if (how == kind::succeeded) ++taken[what.tenant];
            how == kind::succeeded ? now.ask(which, how) : now.end(which, how);
        }
    }
    return taken;
}

}  // namespace

TEST_CASE("H1 a tenant that is refused holds up nobody's mail", "[scheduler]") {
    auto limits = world::usual();
    world now(limits, GENERATE(true, false) ? relayhost() : route_table());
    for (std::uint64_t id = 0; id < 2000; ++id) {
        arrive_from(now, 2 * id + 1, "shop");
        arrive_from(now, 2 * id + 2, "spammer");
    }
    int refused = 0;
    auto taken = play(now, 20s, [&](const std::string& sender) {
        if (sender == "shop") return kind::succeeded;
        ++refused;
        return kind::refused;
    });
    CHECK(taken["shop"] == 2000);
    CHECK(refused < 60);
    const auto waiting = now.subject.explain(queue::message_id(4000), now.now());
    REQUIRE(waiting.size() == 1);
    CHECK(waiting.front().withheld == throttle::backoff);
}

TEST_CASE("H1 the probe after a rest is another tenant's message", "[scheduler]") {
    world now;
    for (std::uint64_t id = 0; id < 100; ++id)
        arrive_from(now, id + 1, "spammer");
    std::ignore = play(now, 10s, [](const std::string&) { return kind::refused; });
    arrive_from(now, 1000, "shop");
    const auto taken = play(now, 50ms, [](const std::string& sender) {
        return sender == "shop" ? kind::succeeded : kind::refused;
    });
    CHECK(taken.size() == 1);
}

TEST_CASE("H1 mail of all waits where all are refused", "[scheduler]") {
    world now;
    for (std::uint64_t id = 0; id < 300; ++id)
        arrive_from(now, id + 1, "tenant" + std::to_string(id % 30));
    int refused = 0;
    std::ignore = play(now, 20s, [&](const std::string&) {
        ++refused;
        return kind::refused;
    });
    CHECK(refused < 60);
}

TEST_CASE("D15 where a rate is the limit the next token is the urgent one's", "[scheduler]") {
    auto limits = world::usual();
    REQUIRE_FALSE(config::rate_rules::read("1/s", limits.destination_rate));
    world now(limits);
    for (std::uint64_t id = 1; id <= 200; ++id)
        arrive_from(now, id, "shop", id % 2 == 0 ? queue::priority::bulk : queue::priority::normal);
    const auto well = [](const std::string&) { return kind::succeeded; };
    std::ignore = play(now, 5s, well);
    arrive_from(now, 999, "shop", queue::priority::urgent);
    const auto before = now.handed_out.size();
    std::ignore = play(now, 1100ms, well);
    REQUIRE(now.handed_out.size() > before);
    CHECK(now.handed_out[before] == 999);
}

TEST_CASE("D15 senders take turns message by message", "[scheduler]") {
    auto limits = world::usual();
    REQUIRE_FALSE(config::rate_rules::read("1/s", limits.destination_rate));
    world now(limits);
    for (std::uint64_t id = 1; id <= 100; ++id)
        arrive_from(now, id, "newsletter");
    const auto well = [](const std::string&) { return kind::succeeded; };
    std::ignore = play(now, 3s, well);
    arrive_from(now, 999, "shop");
    const auto before = now.handed_out.size();
    std::ignore = play(now, 2100ms, well);
    const auto tokens = std::vector(
        now.handed_out.begin() + static_cast<std::ptrdiff_t>(before), now.handed_out.end()
    );
    CHECK(std::ranges::find(tokens, 999U) != tokens.end());
}

TEST_CASE("R4 mail that a rate holds is tried once when its time is over", "[scheduler]") {
    auto limits = world::usual();
    limits.max_queue_time = 20s;
    REQUIRE_FALSE(config::rate_rules::read("1/s", limits.destination_rate));
    world now(limits);
    for (std::uint64_t id = 1; id <= 100; ++id)
        arrive_from(now, id, "shop", queue::priority::normal, id > 50 ? 1 : 0);
    const auto taken = play(now, 30s, [](const std::string&) { return kind::succeeded; });
    // Those that were tried before are given up, the others are tried now.
    CHECK(taken.at("shop") + static_cast<int>(now.concluded.size()) == 100);
    CHECK(now.concluded.size() > 20);
    CHECK(now.concluded.size() <= 50);
    CHECK(now.concluded.front().second.diagnostic.find("RATE") != std::string::npos);
}

TEST_CASE("R4 mail that a rest holds ends with the server's words", "[scheduler]") {
    auto limits = world::usual();
    limits.max_queue_time = 20s;
    world now(limits);
    for (std::uint64_t id = 1; id <= 200; ++id)
        arrive_from(now, id, "shop", queue::priority::normal, 1);
    std::ignore = play(now, 30s, [](const std::string&) { return kind::refused; });
    REQUIRE(now.concluded.size() > 100);
    CHECK(now.concluded.front().second.diagnostic == "connection refused");
    CHECK(now.concluded.front().second.outcome == outcome::deferred);
}

TEST_CASE("mail that waits for a suspended destination is told once each", "[scheduler]") {
    world now;
    now.arrive_many(250, "example.com");
    now.route("example.com", "mx");
    now.fail_all();
    now.pass(1s);
    std::set<std::uint64_t> names;
    for (const auto& [id, suspension] : now.told) {
        CHECK(names.insert(id).second);
        CHECK(suspension.reason == "connection refused");
        CHECK(suspension.destination == "mx");
    }
    CHECK(names.size() >= 245);
    now.arrive(300, "example.com");
    now.pass(1s);
    CHECK(now.told.back().first == 300);
}
