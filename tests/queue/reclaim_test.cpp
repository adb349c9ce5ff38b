#include "queue/rocks/reclaim.hpp"

#include "tests/queue/fixture.hpp"

using namespace tests;

namespace {

constexpr std::uint64_t mib = 1ULL << 20;

std::uintmax_t disk_used(const std::filesystem::path& directory) {
    std::uintmax_t bytes = 0;
    for (const auto& each : std::filesystem::recursive_directory_iterator(directory)) {
        std::error_code gone;
        const auto size = each.is_regular_file(gone) ? each.file_size(gone) : 0;
        if (!gone) bytes += size;
    }
    return bytes;
}

}  // namespace

TEST_CASE("waste is worth compacting when it is more than what is needed", "[queue][reclaim]") {
    const queue::store_totals full{.messages = 1000, .recipients = 1000, .bytes = 100 * mib};
    CHECK_FALSE(queue::worth_compacting(full, 120 * mib, 0));
    CHECK_FALSE(queue::worth_compacting(full, 220 * mib, 0));
    CHECK(queue::worth_compacting(full, 300 * mib, 0));
    CHECK_FALSE(queue::worth_compacting({}, 10 * mib, 0));
    CHECK(queue::worth_compacting({}, 40 * mib, 0));
    // What could not be freed is not tried again and again.
    CHECK(queue::waste(full, 300 * mib) < 100 * mib);
    CHECK_FALSE(queue::worth_compacting({}, 40 * mib, 30 * mib));
    CHECK(queue::worth_compacting({}, 70 * mib, 30 * mib));
}

TEST_CASE("what drains during a compaction is the next one's", "[queue][reclaim]") {
    const queue::store_totals full{.messages = 1000, .recipients = 1000, .bytes = 100 * mib};
    CHECK(queue::stuck_waste(full, {}, 110 * mib) == 0);
    CHECK(queue::stuck_waste({}, full, 110 * mib) == 0);
    CHECK(queue::stuck_waste({}, {}, 110 * mib) == 110 * mib);
}

TEST_CASE("the disk is given back after a backlog has drained", "[queue][reclaim]") {
    const temporary_directory home;
    queue::store_options options;
    options.reclaim_interval = 1ms;
    life current(home.path(), options);
    current.start();
    constexpr std::size_t count = 80;
    const std::string body(1 << 20, 'x');
    for (std::size_t i = 0; i < count; ++i)
        REQUIRE(current.commit(mail(current.store().allocate(), body)));
    const auto deliveries = current.seen.deliveries(count);
    const auto full = disk_used(home.path());
    CHECK(full > count * mib);
    for (std::size_t i = 1; i < count; ++i)
        REQUIRE(current.settle(all_finished(deliveries[i])));

    // Logs may stay, and a first compaction may have begun when little was settled yet.
    current.seen.await([&] { return disk_used(home.path()) < full - count * mib / 2; });
    CHECK((*current.read(deliveries[0].id))->first_chunk == body);
}
