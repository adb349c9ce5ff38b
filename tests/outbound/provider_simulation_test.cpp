// Providers with limits that nobody configured: the governor meets them on its own.
#include "tests/outbound/provider.hpp"
#include "tests/support/catch.hpp"

using namespace std::chrono_literals;
using kurir::outbound::governor;
using tests::provider;
using tests::provider_simulation;

namespace {

constexpr double deferred_max = 0.05;
constexpr double decent = 0.7;

const governor::limits limits{.concurrency_max = 20, .pause_min = 60s, .pause_max = 600s};

// What the provider would take from somebody who knew its limits.
double allowed_a_minute(const provider& there) {
    const auto connections = std::min<std::size_t>(there.connections, limits.concurrency_max);
    const double by_connections =
        static_cast<double>(connections) * (60'000.0 / static_cast<double>(there.latency.count()));
    return std::min(by_connections, static_cast<double>(there.messages));
}

void check_converged(provider_simulation& world, const provider& there) {
    const auto sum = world.run(60min);
    INFO(
        there.connections << " connections, " << there.messages << " a minute, sliding "
                          << there.sliding << ", " << there.latency.count() << " ms: "
                          << sum.attempts << " attempts, " << sum.deferred << " deferred, "
                          << sum.a_minute << " of " << allowed_a_minute(there) << " a minute"
    );
    CHECK(sum.deferred_part() < deferred_max);
    CHECK(sum.a_minute > decent * allowed_a_minute(there));
}

}  // namespace

// Every combination of limits, each as a world of its own.
void check_all(std::uint64_t seed) {
    INFO("seed " << seed);
    for (const std::size_t connections : {1U, 2U, 3U, 5U, 10U, 1000U}) {
        for (const std::size_t messages : {10U, 30U, 60U, 100U, 600U, 5000U, 1'000'000U}) {
            for (const auto latency : {50ms, 400ms, 3000ms}) {
                for (const bool sliding : {false, true}) {
                    const provider there{
                        .connections = connections,
                        .messages = messages,
                        .sliding = sliding,
                        .latency = latency,
                    };
                    governor subject(limits);
                    provider_simulation world(there, subject, seed + connections * 31 + messages);
                    world.run(60min);
                    check_converged(world, there);
                }
            }
        }
    }
}

TEST_CASE("a provider's limits are met without a rule", "[outbound][governor][provider]") {
    check_all(GENERATE(0U, 7919U));
}

// Only by its name or tag: 5,000 worlds, a minute or two.
TEST_CASE("a provider's limits are met with many seeds", "[.][provider-long]") {
    for (std::uint64_t seed = 0; seed < 20; ++seed)
        check_all(seed * 104'729);
}

TEST_CASE("a provider without limits gets every connection", "[outbound][governor][provider]") {
    governor subject(limits);
    provider_simulation world({}, subject, 1);
    const auto sum = world.run(1min);
    CHECK(sum.deferred == 0);
    CHECK(subject.concurrency(kurir::net::clock::time_point(1h + 1min)) == 20);
}

TEST_CASE("limits that change are found again", "[outbound][governor][provider]") {
    governor subject(limits);
    const provider narrow{.connections = 2, .messages = 60};
    const provider wide{.connections = 8, .messages = 600};
    provider_simulation world(wide, subject, 7);
    world.run(60min);
    world.change(narrow);
    world.run(60min);
    check_converged(world, narrow);
    world.change(wide);
    world.run(6h);
    check_converged(world, wide);
}
