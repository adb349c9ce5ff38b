// When memory counts as scarce, and whose limit counts.
#include "relay/app/memory_limit.hpp"

#include "tests/support/catch.hpp"

using namespace kurir;
using queue::pressure;

namespace {

constexpr std::uint64_t mib = 1ULL << 20;

app::memory_use of_group(std::uint64_t used) {
    return {.used = used * mib, .limit = 240 * mib, .name = "memory group"};
}

}  // namespace

TEST_CASE(
    "R3 mail is refused before a memory limit is reached, and again taken after it", "[app]"
) {
    using app::pressure_of;
    CHECK(pressure_of(of_group(0), pressure::none) == pressure::none);
    CHECK(pressure_of(of_group(209), pressure::none) == pressure::none);
    CHECK(pressure_of(of_group(211), pressure::none) == pressure::tight);
    CHECK(pressure_of(of_group(231), pressure::none) == pressure::critical);
    CHECK(pressure_of(of_group(300), pressure::none) == pressure::critical);

    // It goes down later than it goes up.
    CHECK(pressure_of(of_group(229), pressure::critical) == pressure::critical);
    CHECK(pressure_of(of_group(227), pressure::critical) == pressure::tight);
    CHECK(pressure_of(of_group(204), pressure::tight) == pressure::tight);
    CHECK(pressure_of(of_group(201), pressure::tight) == pressure::none);
}

TEST_CASE("R3 address space is kept for the pieces that the allocator takes", "[app]") {
    const app::memory_use use{.used = 455 * mib, .limit = 500 * mib, .name = "RLIMIT_AS"};
    CHECK(app::pressure_of(use, pressure::none) == pressure::tight);
    const app::memory_use group{.used = 430 * mib, .limit = 500 * mib, .name = "memory group"};
    CHECK(app::pressure_of(group, pressure::none) == pressure::none);
}

TEST_CASE("R3 the memory group is found in both versions of control groups", "[app]") {
    CHECK(app::memory_group_of("0::/user.slice/a\n").path == "/user.slice/a");
    CHECK(app::memory_group_of("0::/user.slice/a\n").version_2);
    const auto old = app::memory_group_of("5:cpu,cpuacct:/c\n4:memory:/docker/x\n0::/\n");
    CHECK(old.path == "/docker/x");
    CHECK_FALSE(old.version_2);
    CHECK(app::memory_group_of("").path == "/");
    CHECK(app::memory_group_of("nonsense\n:\n").path == "/");
}
