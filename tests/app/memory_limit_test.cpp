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

TEST_CASE("R3 messages, deliveries and the store fit the memory there is", "[app]") {
    constexpr std::uint64_t of_the_rest = 60 * mib;
    constexpr std::uint64_t large_message = 768 * 1024;
    const auto plan_of = [](std::uint64_t limit, std::string name, std::size_t threads = 2) {
        const app::memory_use use{.limit = limit, .name = std::move(name)};
        return app::plan_memory({use}, threads);
    };
    std::size_t before = 0;
    for (std::uint64_t limit = 64 * mib; limit < 8192 * mib; limit += 16 * mib) {
        const auto plan = plan_of(limit, "memory group");
        REQUIRE(plan.large_messages >= before);
        REQUIRE(plan.large_messages >= 8);
        const auto all = of_the_rest + 2 * plan.large_messages * large_message + plan.memtables +
                         plan.memtables * 3 / 4;
        if (limit >= 192 * mib) REQUIRE(all < limit - limit / 8);
        before = plan.large_messages;
    }

    // Threads cost address space before all.
    const auto narrow = plan_of(477 * mib, "RLIMIT_AS");
    CHECK(narrow.threads_max == 2);
    CHECK(narrow.readers == 1);
    CHECK(narrow.memtables == 8 * mib);
    CHECK(plan_of(477 * mib, "RLIMIT_AS", 64).threads_max == 2);
    CHECK(plan_of(4096 * mib, "RLIMIT_AS", 8).threads_max > 8);
    CHECK(plan_of(16384 * mib, "RLIMIT_AS", 8).memtables == 32 * mib);
    CHECK(plan_of(16384 * mib, "RLIMIT_AS", 8).readers == 2);
}

TEST_CASE("R3 without a limit of memory nothing is reduced", "[app]") {
    const auto plan = app::plan_memory({}, 16);
    CHECK(plan.large_messages == 0);
    CHECK(plan.memtables == 32 * mib);
    CHECK(plan.threads_max > 1000);
}

TEST_CASE("R3 the tightest limit counts", "[app]") {
    const app::memory_use wide{.used = 10 * mib, .limit = 4096 * mib, .name = "memory group"};
    const app::memory_use narrow{.used = 100 * mib, .limit = 128 * mib, .name = "RLIMIT_DATA"};
    CHECK(app::tightest({wide, narrow})->name == "RLIMIT_DATA");
    CHECK_FALSE(app::tightest({}));
    const auto both = app::plan_memory({wide, narrow}, 2);
    CHECK(both.large_messages == app::plan_memory({narrow}, 2).large_messages);
    CHECK(both.large_messages < app::plan_memory({wide}, 2).large_messages);
}

TEST_CASE("R3 what the kernel can reclaim of a memory group is not in use", "[app]") {
    // Of version 2: files in the page cache don't count, files in a tmpfs (shmem) do.
    constexpr std::string_view version_2 =
        "anon 1000\nfile 500000\nkernel_stack 20\npagetables 300\nsock 4000\nshmem 50000\n"
        "inactive_file 400000\nslab_reclaimable 70000\nslab_unreclaimable 600000\nslab 670000\n";
    CHECK(app::unreclaimable_of(version_2, true) == 655320);
    constexpr std::string_view version_1 =
        "cache 5\nrss 6\nshmem 7\ntotal_cache 900000\ntotal_rss 1000\ntotal_shmem 50000\n";
    CHECK(app::unreclaimable_of(version_1, false) == 51000);
    CHECK(app::unreclaimable_of("", true) == 0);
    CHECK(app::unreclaimable_of("anon\nanon x\n 5\nanon 7", true) == 7);
}
