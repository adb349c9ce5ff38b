#include "queue/node_share.hpp"

#include <algorithm>
#include <numeric>
#include <set>

#include "tests/support/catch.hpp"

using namespace std::chrono_literals;
using namespace kurir::queue;

namespace {

std::vector<std::string> ids_of(std::size_t count) {
    std::vector<std::string> all;
    for (std::size_t i = 0; i < count; ++i)
        all.push_back("5f0e9a1c" + std::to_string(i));
    return all;
}

// What each of these nodes takes its share to be.
std::vector<node_share> shares_of(const std::vector<std::string>& ids) {
    std::vector<node_share> all;
    for (const auto& self : ids) {
        auto others = ids;
        std::erase(others, self);
        all.emplace_back(self, others);
    }
    return all;
}

std::vector<std::uint64_t> parts_of(
    std::uint64_t limit, const std::string& name, const std::vector<node_share>& shares
) {
    std::vector<std::uint64_t> parts;
    for (const auto& each : shares)
        parts.push_back(each.part_of(limit, name));
    return parts;
}

std::uint64_t sum_of(const std::vector<std::uint64_t>& parts) {
    return std::accumulate(parts.begin(), parts.end(), std::uint64_t(0));
}

node node_of(std::string id, std::chrono::milliseconds age, bool is_self = false) {
    return {.id = std::move(id), .facts = {}, .age = age, .silent = 0ms, .is_self = is_self};
}

}  // namespace

TEST_CASE("parts add up to the limit, and are even", "[queue][nodes]") {
    for (std::size_t nodes = 1; nodes <= 12; ++nodes) {
        const auto shares = shares_of(ids_of(nodes));
        for (std::uint64_t limit = 0; limit <= 30; ++limit) {
            const auto parts = parts_of(limit, "mx.example", shares);
            CAPTURE(nodes, limit, parts);
            CHECK(sum_of(parts) == limit);
            CHECK(std::ranges::max(parts) - std::ranges::min(parts) <= 1);
        }
    }
}

TEST_CASE("the only node has all of every limit", "[queue][nodes]") {
    const node_share alone;
    CHECK(alone.nodes() == 1);
    CHECK(alone.part_of(7, "mx.example") == 7);
    CHECK(alone.part_of_rate(7, "mx.example").count == 7);
    CHECK(alone.part_of_rate(7, "mx.example").periods == 1);
}

TEST_CASE("limits that are too small for all fall to different nodes", "[queue][nodes]") {
    const auto shares = shares_of(ids_of(4));
    std::vector<int> chosen(4);
    for (int i = 0; i < 400; ++i) {
        const auto parts = parts_of(1, "mx" + std::to_string(i) + ".example", shares);
        ++chosen[static_cast<std::size_t>(std::ranges::find(parts, 1U) - parts.begin())];
    }
    CHECK(std::ranges::min(chosen) > 60);  // 100 each, in the mean
}

TEST_CASE("a node that leaves moves only what it had", "[queue][nodes]") {
    auto ids = ids_of(5);
    const auto before = shares_of(ids);
    ids.pop_back();
    const auto after = shares_of(ids);
    for (int i = 0; i < 100; ++i) {
        const auto name = "mx" + std::to_string(i) + ".example";
        const auto had = parts_of(1, name, before);
        const auto has = parts_of(1, name, after);
        CHECK(sum_of(has) == 1);
        if (had.back() == 0) CHECK(std::equal(has.begin(), has.end(), had.begin()));
    }
}

TEST_CASE("it does not matter in which order the others are named", "[queue][nodes]") {
    CHECK(node_share("a", {"b", "c"}) == node_share("a", {"c", "b"}));
    CHECK(node_share("a", {"b", "c"}) != node_share("a", {"b"}));
}

TEST_CASE("every node has some of a rate, in as few periods as do", "[queue][nodes]") {
    const auto shares = shares_of(ids_of(3));
    for (std::uint64_t count = 1; count <= 20; ++count) {
        std::uint64_t sum = 0;
        std::set<std::uint64_t> periods;
        for (const auto& each : shares) {
            const auto part = each.part_of_rate(count, "mx.example");
            CHECK(part.count >= 1);
            sum += part.count;
            periods.insert(part.periods);
        }
        CAPTURE(count, periods);
        REQUIRE(periods.size() == 1);
        CHECK(sum == count * *periods.begin());
        CHECK(*periods.begin() == (count == 1 ? 3 : count == 2 ? 2 : 1));
    }
}

TEST_CASE("who is silent has no share, and who comes waits for it", "[queue][nodes]") {
    CHECK_FALSE(share_in({}));
    CHECK_FALSE(share_in({node_of("a", 1h)}));  // this one is not among them yet
    CHECK(share_in({node_of("me", 0ms, true)}) == node_share("me", {}));

    std::vector<node> known{node_of("a", 1h), node_of("me", joining_time, true)};
    CHECK(share_in(known) == node_share("me", {"a"}));
    known.back().age -= 1ms;
    CHECK_FALSE(share_in(known));
    known.front().silent = silence_max;
    CHECK_FALSE(share_in(known));
    known.front().silent += 1ms;
    CHECK(share_in(known) == node_share("me", {}));

    // The others leave one that comes its part at once.
    known = {node_of("me", 1h, true), node_of("b", 0ms)};
    CHECK(share_in(known) == node_share("me", {"b"}));
    // Whoever can't be heard, its own word it has.
    known.front().silent = 1h;
    CHECK(share_in(known) == node_share("me", {"b"}));
}
