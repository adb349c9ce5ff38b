#include "relay/app/text_table.hpp"

#include "tests/support/catch.hpp"

using namespace kurir::app;

TEST_CASE("columns are as wide as their texts", "[app][table]") {
    text_table table({"ID", " SIZE", "WHY"});
    CHECK(table.empty());
    table.add({"a", "1", "x"});
    table.add({"b\xc3\xa4\xc3\xa4", "10.5K", "evil\x1b[31m\n"});
    CHECK_FALSE(table.empty());
    CHECK(
        table.text() ==
        "ID    SIZE  WHY\n"
        "a        1  x\n"
        "b\xc3\xa4\xc3\xa4  10.5K  evil?[31m?\n"
    );
}

TEST_CASE("durations and sizes are short", "[app][table]") {
    CHECK(short_duration(0) == "0s");
    CHECK(short_duration(59) == "59s");
    CHECK(short_duration(60) == "1m");
    CHECK(short_duration(3725) == "1h 2m");
    CHECK(short_duration(86400 * 3 + 59) == "3d");
    CHECK(short_duration(-5) == "-5s");
    CHECK(short_size(0) == "0");
    CHECK(short_size(1023) == "1023");
    CHECK(short_size(1536) == "1.5K");
    CHECK(short_size(25ULL << 20) == "25M");
    CHECK(short_size(5000ULL << 40) == "5000T");
}
