// Pages of the list, and the whole of it as text.
#include "relay/suppression/page.hpp"

#include <string>
#include <vector>

#include "tests/support/catch.hpp"

using namespace kurir::suppression;

namespace {

constexpr seconds_time noon{std::chrono::seconds(1'800'000'000)};

suppression_list some_entries() {
    suppression_list list;
    REQUIRE(list.put({.subject = "ann@example.com", .reason = "Hard bounce"}));
    REQUIRE(list.put({.subject = "bob@example.com", .tenant = "shop", .reason = "complaint"}));
    REQUIRE(list.put({.subject = "bob@example.org", .origin = origin::imported}));
    REQUIRE(list.put({.subject = "eve@example.com", .expires_at = noon}));
    REQUIRE(list.put({.subject = "@closed.example"}));
    return list;
}

std::vector<std::string> subjects(const filter& wanted) {
    std::vector<std::string> all;
    for (const auto& each : page_of(some_entries(), wanted, "", 100, noon).entries)
        all.push_back(each.subject);
    return all;
}

using texts = std::vector<std::string>;

}  // namespace

TEST_CASE("A filter finds entries by any of their properties") {
    CHECK(
        subjects({}) ==
        texts{"@closed.example", "ann@example.com", "bob@example.com", "bob@example.org"}
    );
    CHECK(subjects({.address = "BOB@*"}) == texts{"bob@example.com", "bob@example.org"});
    CHECK(subjects({.address = "*@example.com"}) == texts{"ann@example.com", "bob@example.com"});
    CHECK(subjects({.address = "\\*@closed*"}).empty());
    CHECK(subjects({.address = "*closed*"}) == texts{"@closed.example"});
    CHECK(subjects({.address = "ann"}).empty());
    CHECK(subjects({.tenant = "shop"}) == texts{"bob@example.com"});
    CHECK(subjects({.tenant = ""}).size() == 3);
    CHECK(subjects({.reason = "hard"}) == texts{"ann@example.com"});
    CHECK(subjects({.origin = origin::imported}) == texts{"bob@example.org"});
    CHECK(subjects({.with_expired = true}).size() == 5);
}

TEST_CASE("Pages follow each other, and the last one says so") {
    const auto list = some_entries();
    std::vector<std::string> all;
    std::string cursor;
    std::size_t pages = 0;
    do {
        const auto page = page_of(list, {}, cursor, 2, noon);
        for (const auto& each : page.entries)
            all.push_back(each.subject);
        cursor = page.next;
        ++pages;
    } while (!cursor.empty());
    CHECK(all == texts{"@closed.example", "ann@example.com", "bob@example.com", "bob@example.org"});
    CHECK(pages == 3);
}

TEST_CASE("A page looks at a bounded number of entries") {
    suppression_list list;
    for (std::size_t i = 0; i <= looked_at_max; ++i)
        REQUIRE(list.put({.subject = "u" + std::to_string(i) + "@example.com"}));
    const auto page = page_of(list, {.address = "z*"}, "", 10, noon);
    CHECK(page.entries.empty());
    CHECK_FALSE(page.next.empty());
    CHECK(page_of(list, {.address = "z*"}, page.next, 10, noon).next.empty());
}

TEST_CASE("The pieces of a text are the whole list") {
    suppression_list list;
    constexpr std::size_t count = 12'000;
    for (std::size_t i = 0; i < count; ++i)
        REQUIRE(list.put({.subject = "u" + std::to_string(i) + "@example.com"}));
    const auto format = GENERATE(list_format::csv, list_format::json);
    std::string text;
    std::string cursor;
    do {
        auto piece = text_of_list(list, cursor, format);
        text += piece.text;
        cursor = std::move(piece.next);
    } while (!cursor.empty());
    suppression_list again;
    const auto result =
        read_list(text, list_format::automatic, {}, [&](entry made) { REQUIRE(again.put(made)); });
    CHECK(result.bad == 0);
    CHECK(again.size() == count);
}
