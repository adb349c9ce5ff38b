// The notice board (queue/notice.hpp), tested on every store that has several owners.
#include <algorithm>
#include <atomic>
#include <map>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "relay/storage/awaited.hpp"
#include "tests/queue/contract_cases.hpp"

using namespace tests;
namespace storage = kurir::storage;

namespace {

constexpr auto address = queue::notice_kind::suppression;
constexpr auto order = queue::notice_kind::suspension;

queue::notice posted(std::string key, std::string value, queue::notice_kind kind = address) {
    return {.kind = kind, .key = std::move(key), .value = std::move(value)};
}

queue::notice gone(std::string key) {
    return {.kind = address, .key = std::move(key), .removed = true};
}

// One who reads the board from where it has ended, in pages of `limit`.
struct board_reader {
    shared_owner& process;
    queue::board_place place = {};
    std::size_t pages = 0;
    std::size_t starts = 0;

    std::vector<queue::notice> news(std::size_t limit = queue::board_page_max) {
        std::vector<queue::notice> all;
        do {
            auto page = process.read_board(place, limit);
            if (page.from_start) ++starts;
            ++pages;
            place = page.next;
            all.insert(all.end(), page.found.begin(), page.found.end());
        } while (!place.complete);
        return all;
    }
};

}  // namespace

TEMPLATE_TEST_CASE("what one owner posts is read by all", "[queue][shared]", SHARED_BACKENDS) {
    TestType backend;
    const auto first = backend.open();
    const auto second = backend.open();
    board_reader near{*first};
    board_reader far{*second};
    CHECK(near.news().empty());
    CHECK(near.starts == 1);
    const std::string bytes("\0\xff'", 3);
    REQUIRE(first->post({posted("ann", "1"), posted("7", bytes, order)}));
    REQUIRE(second->post({posted("bob", "2")}));
    for (auto* reader : {&near, &far}) {
        const auto all = reader->news();
        REQUIRE(all.size() == 3);
        CHECK(all.back() == posted("bob", "2"));
        CHECK(std::ranges::count(all, posted("ann", "1")) == 1);
        CHECK(std::ranges::count(all, posted("7", bytes, order)) == 1);
        CHECK(reader->news().empty());
        CHECK(reader->starts == 1);
    }
    CHECK(first->read_board({}).board == second->read_board({}).board);
    CHECK_FALSE(first->read_board({}).board.empty());
}

TEMPLATE_TEST_CASE(
    "who posts again replaces what was there, and a removal is told",
    "[queue][shared]",
    SHARED_BACKENDS
) {
    TestType backend;
    const auto first = backend.open();
    board_reader reader{*first};
    REQUIRE(first->post({posted("ann", "1"), posted("ann", "other kind", order)}));
    reader.news();
    REQUIRE(first->post({posted("bob", "2")}));
    REQUIRE(first->post({posted("ann", "3")}));
    CHECK(reader.news() == std::vector{posted("bob", "2"), posted("ann", "3")});
    REQUIRE(first->post({gone("ann"), gone("nobody")}));
    const auto news = reader.news();
    CHECK(news.size() == 2);
    CHECK(std::ranges::count(news, gone("ann")) == 1);
    board_reader later{*first};
    const auto all = later.news();
    CHECK(std::ranges::count(all, posted("ann", "other kind", order)) == 1);
    CHECK(std::ranges::count(all, posted("bob", "2")) == 1);
    CHECK(all.size() == 4);
}

TEMPLATE_TEST_CASE("the board is read in pages", "[queue][shared]", SHARED_BACKENDS) {
    TestType backend;
    const auto first = backend.open();
    std::set<std::string> wanted;
    for (int post = 0; post < 5; ++post) {
        std::vector<queue::notice> some;
        for (int i = 0; i < 7; ++i)
            some.push_back(posted(std::to_string(post) + '/' + std::to_string(i), "x"));
        for (const auto& each : some)
            wanted.insert(each.key);
        REQUIRE(first->post(some));
    }
    for (const std::size_t limit : {1U, 6U, 7U, 8U, 100U}) {
        CAPTURE(limit);
        board_reader reader{*first};
        std::set<std::string> seen;
        const auto all = reader.news(limit);
        for (const auto& each : all)
            seen.insert(each.key);
        CHECK(all.size() == wanted.size());
        CHECK(seen == wanted);
        CHECK(reader.pages >= (limit < 35 ? 35 / (limit + 7) : 1));
        CHECK(reader.starts == 1);
    }
}

TEMPLATE_TEST_CASE("a notice tells how long it holds", "[queue][shared]", SHARED_BACKENDS) {
    TestType backend;
    const auto first = backend.open();
    auto pause = posted("mx.test", "down");
    pause.left = 1min;
    REQUIRE(first->post({pause, posted("ann", "for ever")}));
    backend.pass(20s);
    for (const auto& each : board_reader{*first}.news()) {
        if (each.key == "ann") CHECK_FALSE(each.left);
        if (each.key == "mx.test") CHECK(each.left == 40s);
    }
    backend.pass(1min);
    CHECK(
        std::ranges::count(
            board_reader{*first}.news(), std::optional(-20000ms), &queue::notice::left
        ) == 1
    );
    // Nobody needs to be told that it is over.
    backend.pass(queue::removal_remembered);
    const auto later = backend.open();
    later->totals();
    CHECK(board_reader{*later}.news() == std::vector{posted("ann", "for ever")});
}

TEMPLATE_TEST_CASE(
    "who has slept for longer than removals are remembered reads all again",
    "[queue][shared]",
    SHARED_BACKENDS
) {
    TestType backend;
    const auto first = backend.open();
    REQUIRE(first->post({posted("ann", "1"), posted("bob", "2")}));
    board_reader sleeping{*first};
    board_reader awake{*first};
    sleeping.news();
    awake.news();
    REQUIRE(first->post({gone("ann")}));
    CHECK(awake.news() == std::vector{gone("ann")});
    backend.pass(queue::removal_remembered + 1s);
    const auto later = backend.open();
    later->totals();  // it has cleaned up
    CHECK(awake.news().empty());
    CHECK(awake.starts == 1);
    CHECK(sleeping.news() == std::vector{posted("bob", "2")});
    CHECK(sleeping.starts == 2);
    CHECK(board_reader{*first}.news() == std::vector{posted("bob", "2")});
}

TEMPLATE_TEST_CASE(
    "another server, or one that knows less, is read from the start",
    "[queue][shared]",
    SHARED_BACKENDS
) {
    TestType backend;
    const auto first = backend.open();
    REQUIRE(first->post({posted("ann", "1")}));
    board_reader reader{*first};
    reader.news();
    const auto known = reader.place;
    SECTION("another server") {
        ++reader.place.server;
    }
    SECTION("one that has lost its tail") {
        reader.place.version += 5;
    }
    CHECK(reader.news() == std::vector{posted("ann", "1")});
    CHECK(reader.starts == 2);
    CHECK(reader.place == known);
}

// Versions that became visible in another order than they were given would be passed over.
TEMPLATE_TEST_CASE(
    "a reader misses nothing while many owners post", "[queue][shared]", SHARED_BACKENDS
) {
    constexpr std::size_t owners = 4;
    constexpr std::size_t posts = 40;
    TestType backend;
    std::vector<decltype(backend.open())> processes;
    for (std::size_t i = 0; i < owners; ++i)
        processes.push_back(backend.open());
    const auto last = backend.open();
    std::atomic<int> failed = 0;
    std::vector<std::thread> posting;
    for (std::size_t i = 0; i < owners; ++i) {
        posting.emplace_back([&, i] {
            for (std::size_t at = 0; at < posts; ++at) {
                const auto key = std::to_string(i) + '/' + std::to_string(at);
                const auto done = storage::awaited<void>([&](auto& home, auto completion) {
                    // One key that all fight for.
                    processes[i]->shared().post(
                        {posted(key, "x"), posted("all", key)}, home, std::move(completion)
                    );
                });
                if (!done) ++failed;
            }
        });
    }
    board_reader reader{*last};
    std::map<std::string, std::string> seen;
    std::size_t readings = 0;
    const auto read_on = [&] {
        for (const auto& each : reader.news(10))
            seen[each.key] = each.value;
        ++readings;
    };
    while (seen.size() < owners * posts + 1 && readings < 20'000)
        read_on();
    for (auto& each : posting)
        each.join();
    read_on();
    CHECK(failed == 0);
    CHECK(seen.size() == owners * posts + 1);
    CHECK(reader.starts == 1);
    board_reader whole{*last};
    for (const auto& each : whole.news()) {
        if (each.key == "all") CHECK(seen["all"] == each.value);
    }
}
