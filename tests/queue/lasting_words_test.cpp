// Words that last (queue/shared_store.hpp), read on from where a reader has ended, or anew.
#include <string>
#include <utility>
#include <vector>

#include "tests/queue/contract_cases.hpp"

using namespace tests;

namespace {

// One who reads the words that last from where it has ended.
struct lasting_reader {
    shared_owner& process;
    queue::lasting_place place = {};
    std::size_t starts = 0;

    std::vector<std::string> news(std::vector<queue::lasting_words> told = {}) {
        std::vector<std::string> all;
        for (bool more = true; more;) {
            auto heard = process.exchange({.lasting = std::exchange(told, {}), .last = place});
            if (heard.from_start) all.clear();
            if (heard.from_start) ++starts;
            for (auto& each : heard.lasting)
                all.push_back(std::move(each.text));
            place = heard.last;
            more = heard.more;
        }
        return all;
    }
};

}  // namespace

TEMPLATE_TEST_CASE(
    "another server, or one that knows less, tells all lasting words again",
    "[queue][shared]",
    SHARED_BACKENDS
) {
    TestType backend;
    const auto first = backend.open();
    lasting_reader reader{*first};
    CHECK(reader.news().empty());
    CHECK(reader.starts == 1);
    first->exchange({.lasting = {{"a", 1h}, {"b", 1h}}});
    CHECK(reader.news() == std::vector<std::string>{"a", "b"});
    CHECK(reader.news().empty());
    CHECK(reader.starts == 1);
    const auto known = reader.place;
    SECTION("another server") {
        ++reader.place.server;
    }
    SECTION("another server, of which nothing was known") {
        reader.place = {.server = reader.place.server + 1};
    }
    SECTION("one that has lost its tail") {
        reader.place.number += 5;
    }
    CHECK(reader.news() == std::vector<std::string>{"a", "b"});
    CHECK(reader.starts == 2);
    CHECK(reader.place == known);
    CHECK(reader.news().empty());
    CHECK(reader.starts == 2);
}

// What is told in the same exchange is told once.
TEMPLATE_TEST_CASE(
    "all lasting words are read again in pages", "[queue][shared]", SHARED_BACKENDS
) {
    TestType backend;
    const auto first = backend.open();
    constexpr std::size_t count = 2 * queue::lasting_page_max + 20;
    std::vector<std::string> all;
    for (std::size_t i = 0; i < count; ++i) {
        all.push_back(std::to_string(i));
        first->exchange({.lasting = {{all.back(), 1h}}});
    }
    lasting_reader reader{*first};
    CHECK(reader.news() == all);
    ++reader.place.server;
    all.emplace_back("now");
    CHECK(reader.news({{"now", 1h}}) == all);
    CHECK(reader.starts == 2);
}

// A replica took over without the last words, and gave their numbers to others.
TEST_CASE("what got the number of a lost word is read", "[queue][postgres][shared]") {
    postgres_queue backend;
    queue::lasting_place known;
    {
        const auto before = backend.open();
        before->exchange({.lasting = {{"kept", 1h}, {"lost", 1h}}});
        lasting_reader reader{*before};
        CHECK(reader.news() == std::vector<std::string>{"kept", "lost"});
        known = reader.place;
    }
    backend.run("DELETE FROM lasting WHERE number = 2; UPDATE lasting_end SET number = 1");
    postgres_server::shared().kill();
    postgres_server::shared().start();
    const auto after = backend.open();
    after->exchange({.lasting = {{"new", 1h}}});
    CHECK(backend.ask("SELECT number FROM lasting_end") == known.number);
    lasting_reader reader{*after, known};
    CHECK(reader.news() == std::vector<std::string>{"kept", "new"});
    CHECK(reader.place.number == known.number);
    CHECK(reader.place.server > known.server);
}
