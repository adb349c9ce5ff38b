#include "queue/postgres/history_table.hpp"

#include "tests/queue/fixture.hpp"
#include "tests/queue/postgres_owner.hpp"

using namespace tests;
using postgres::history_table;

namespace {

using lines = std::vector<std::string>;

constexpr postgres::history_limits room{.size = 1 << 20, .age = 16h};

struct world {
    postgres_queue queue;
    std::unique_ptr<postgres_owner> process = queue.open();

    history_table table() { return {queue.settings().url, 10s, room}; }

    // Of all parts, newest part first.
    static lines all(history_table& table, const std::string& needle, std::size_t limit = 100) {
        lines found;
        const auto parts = table.parts();
        REQUIRE(parts.has_value());
        for (const auto part : *parts) {
            const auto some = table.lines_with(part, needle, limit);
            REQUIRE(some.has_value());
            found.insert(found.end(), some->begin(), some->end());
        }
        return found;
    }
};

std::string large_line(char letter) {
    std::string line;
    line.assign(40'000, letter);
    return line;
}

}  // namespace

TEST_CASE("what one relay writes into the history, each finds", "[queue][postgres]") {
    world shared;
    auto first = shared.table();
    auto second = shared.table();
    CHECK(world::all(first, "bob").empty());
    REQUIRE(first.append({"to Bob@One.test", "nobody"}).has_value());
    shared.queue.pass(1s);
    REQUIRE(second.append({"bob again", R"(a \ b%_')", "j\xc3\xb6rg BOB"}).has_value());
    for (auto* each : {&first, &second}) {
        CHECK(world::all(*each, "bob") == lines{"to Bob@One.test", "bob again", "j\xc3\xb6rg BOB"});
        CHECK(world::all(*each, "bob", 2) == lines{"bob again", "j\xc3\xb6rg BOB"});
        CHECK(world::all(*each, R"(\ b%_')") == lines{R"(a \ b%_')"});
        CHECK(world::all(*each, "j\xc3\xb6rg").size() == 1);
        CHECK(world::all(*each, "j_rg").empty());
    }
    CHECK(first.lines_with(999, "bob", 10).value().empty());
}

TEST_CASE("the history is dropped in parts, by age and by size", "[queue][postgres]") {
    world shared;
    auto table = shared.table();
    auto other = shared.table();
    REQUIRE(table.append({large_line('a')}).has_value());
    shared.queue.pass(2h);
    REQUIRE(table.keep_limits().has_value());  // its part is over
    REQUIRE(other.append({large_line('b')}).has_value());
    CHECK(table.parts().value() == std::vector<std::int64_t>{2, 1});
    CHECK(world::all(table, "a").size() == 1);
    shared.queue.pass(15h);
    REQUIRE(other.keep_limits().has_value());
    CHECK(world::all(table, "a").size() == 1);
    shared.queue.pass(1h);
    REQUIRE(other.keep_limits().has_value());
    CHECK(world::all(table, "a").empty());
    CHECK(world::all(table, "b").size() == 1);
    CHECK(
        shared.queue.ask("SELECT count(*) FROM pg_class WHERE relname = 'history_1' AND"
                         " relnamespace = current_schema()::regnamespace") == 0
    );

    // 40 kB of one letter are compressed: noise is not.
    std::uint32_t noise = 1;
    for (int i = 0; i < 100; ++i) {
        std::string line;
        for (int j = 0; j < 40'000; ++j)
            line += static_cast<char>('0' + ((noise = noise * 1664525U + 1013904223U) >> 28));
        REQUIRE(table.append({line}).has_value());
    }
    REQUIRE(table.keep_limits().has_value());
    CHECK(world::all(table, "b").empty());
    CHECK(table.parts().value().size() < 40);
    CHECK(
        shared.queue.ask("SELECT sum(pg_total_relation_size(('history_' || part)::regclass))"
                         "::bigint FROM history_part") <= (1 << 20) + (1 << 18)
    );
}

TEST_CASE("a history without its database says so, and goes on", "[queue][postgres]") {
    world shared;
    auto table = shared.table();
    REQUIRE(table.append({"one"}).has_value());
    postgres_server::shared().kill();
    CHECK(table.append({"two"}).error().kind == postgres::trouble::disconnected);
    CHECK(table.parts().error().kind == postgres::trouble::disconnected);
    postgres_server::shared().start();
    REQUIRE(table.append({"three"}).has_value());
    CHECK(world::all(table, "three") == lines{"three"});
}
