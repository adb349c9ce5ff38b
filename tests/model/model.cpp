// The model test's runner: one simulated life of the relay for each seed.
//
//   model [--seeds N] [--database N] [--first SEED] [--verbose]
//
// Prints each seed that ends in a violation, with what was violated; the exit status tells.
#define CATCH_CONFIG_RUNNER
#include <cstdio>

#include "tests/model/world.hpp"
#include "tests/support/catch.hpp"

namespace {

struct {
    std::uint64_t seeds = 100;
    std::uint64_t database_seeds = 0;
    std::uint64_t first = 1;
    bool verbose = false;
} wanted;

struct totals {
    std::size_t recipients = 0;
    std::size_t attempts = 0;
    std::size_t crashes = 0;
    std::size_t duplicates = 0;
    std::size_t removed = 0;
    std::size_t lost = 0;
};

using number = unsigned long long;

void live(number seed, model::store_kind kind, totals& sum) {
    const tests::temporary_directory place;
    model::world world(seed, place.path(), kind);
    world.run();
    const auto& judge = world.judge();
    sum.recipients += judge.recipients();
    sum.attempts += world.attempts();
    sum.crashes += world.crashes();
    sum.duplicates += judge.duplicates();
    sum.removed += judge.removed();
    sum.lost += world.lost();
    if (wanted.verbose) {
        std::printf(
            "seed %llu: %zu recipients, %zu attempts, %zu crashes, %lld hours\n",
            seed,
            judge.recipients(),
            world.attempts(),
            world.crashes(),
            static_cast<long long>(world.lasted().count())
        );
    }
    for (const auto& each : judge.violations())
        FAIL_CHECK("seed " << seed << " " << each);
}

}  // namespace

TEST_CASE("every recipient ends as the world's script says", "[model]") {
    using model::store_kind;
    const auto kind = GENERATE(store_kind::on_disk, store_kind::in_memory, store_kind::in_database);
    const bool shared = kind != store_kind::on_disk;
    // A life in the database takes seconds.
    const auto seeds = kind == store_kind::in_database ? wanted.database_seeds : wanted.seeds;
    totals sum;
    for (auto seed = wanted.first; seed < wanted.first + seeds; ++seed)
        live(seed, kind, sum);
    std::printf(
        "%s: %llu lives from seed %llu: %zu recipients, %zu attempts, %zu crashes, "
        "%zu duplicates, %zu removed, %zu lost claims\n",
        kind == store_kind::on_disk     ? "on disk"
        : kind == store_kind::in_memory ? "in memory"
                                        : "in a database",
        static_cast<number>(seeds),
        static_cast<number>(wanted.first),
        sum.recipients,
        sum.attempts,
        sum.crashes,
        sum.duplicates,
        sum.removed,
        sum.lost
    );
    if (seeds > 0) CHECK(sum.attempts > 0);
    if (!shared) CHECK(sum.lost == 0);
    // Else no stop has caught an attempt, and the lives say little.
    if (shared && seeds >= 50) CHECK(sum.lost > 0);
}

TEST_CASE("a relay that makes a mistake is caught", "[model]") {
    const auto wrong = GENERATE(
        model::mistake::forgets_retries,
        model::mistake::tries_twice,
        model::mistake::believes_all_is_well,
        model::mistake::ignores_removals,
        model::mistake::ignores_rules,
        model::mistake::shares_by_site,
        model::mistake::crosses_relayhosts,
        model::mistake::mixes_domains
    );
    // Not every life gives occasion to it.
    bool noticed = false;
    for (auto seed = wanted.first; !noticed && seed < wanted.first + 50; ++seed) {
        const tests::temporary_directory place;
        model::world world(seed, place.path(), model::store_kind::on_disk, wrong);
        world.run();
        noticed = !world.judge().violations().empty();
    }
    INFO("mistake " << static_cast<int>(wrong));
    CHECK(noticed);
}

int main(int argc, char** argv) {
    Catch::Session session;
    using Catch::Clara::Opt;
    session.cli(
        session.cli() | Opt(wanted.seeds, "number")["--seeds"]("how many lives") |
        Opt(wanted.database_seeds,
            "number")["--database"]("how many of them with PostgreSQL, too") |
        Opt(wanted.first, "seed")["--first"]("the first seed") |
        Opt(wanted.verbose)["--verbose"]("one line for each life")
    );
    if (const int error = session.applyCommandLine(argc, argv); error != 0) return error;
    return session.run();
}
