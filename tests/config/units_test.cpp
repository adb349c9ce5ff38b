#include "relay/config/units.hpp"

#include "tests/support/catch.hpp"

using namespace kurir::config;
using namespace std::chrono_literals;

TEST_CASE("sizes count in powers of 1024, with or without a unit", "[config][units]") {
    CHECK(size_of("0") == 0U);
    CHECK(size_of("26214400") == 26'214'400U);
    CHECK(size_of("25M") == 26'214'400U);
    CHECK(size_of("25m") == 26'214'400U);
    CHECK(size_of("64K") == 65'536U);
    CHECK(size_of("2G") == 2'147'483'648U);
    CHECK(size_of("1T") == 1'099'511'627'776U);
}

TEST_CASE("operating: sizes are understood with B or iB after the unit", "[config][units]") {
    const auto* text = GENERATE("25MB", "25MiB", "25mb", "25Mib", "25mB", "25M");
    CAPTURE(text);
    CHECK(size_of(text) == 26'214'400U);
    CHECK(size_of("64KiB") == 65'536U);
    CHECK(size_of("512B") == 512U);
}

TEST_CASE("operating: minutes and seconds may be written longer", "[config][units]") {
    CHECK(duration_of("5min") == 5min);
    CHECK(duration_of("30sec") == 30s);
    CHECK(duration_of("1h30min") == 90min);
}

TEST_CASE("what is no size is refused", "[config][units]") {
    const auto* text = GENERATE(
        "",
        "M",
        "-1",
        "+1",
        "1.5M",
        "25 M",
        " 25M",
        "25P",
        "0x10",
        "25i",
        "25iB",
        "25BB",
        "25Mi",
        "25MBB",
        "25MM",
        "MB"
    );
    CAPTURE(text);
    CHECK_FALSE(size_of(text));
}

TEST_CASE("a size that does not fit is refused, not wrapped", "[config][units]") {
    CHECK_FALSE(size_of("18446744073709551616"));
    CHECK_FALSE(size_of("17179869184G"));
    CHECK(size_of("17179869183G"));
    CHECK_FALSE(size_of("16777216TiB"));
}

TEST_CASE("durations need a unit, and parts add up", "[config][units]") {
    CHECK(duration_of("250ms") == 250ms);
    CHECK(duration_of("30s") == 30s);
    CHECK(duration_of("5m") == 5min);
    CHECK(duration_of("2h") == 2h);
    CHECK(duration_of("4d") == 96h);
    CHECK(duration_of("1h30m") == 90min);
    CHECK(duration_of("0") == 0ms);
}

TEST_CASE("what is no duration is refused", "[config][units]") {
    const auto* text = GENERATE(
        "",
        "30",
        "s",
        "-5s",
        "5 m",
        "5M",
        "1w",
        "1h30",
        "99999999999999999999s",
        "9e3s",
        "18446744073709551615d"
    );
    CAPTURE(text);
    CHECK_FALSE(duration_of(text));
}

TEST_CASE("values print as the shortest text that reads back", "[config][units]") {
    CHECK(size_text(26'214'400) == "25M");
    CHECK(size_text(65'536) == "64K");
    CHECK(size_text(1'000) == "1000");
    CHECK(size_text(0) == "0");
    CHECK(duration_text(96h) == "4d");
    CHECK(duration_text(90min) == "90m");
    CHECK(duration_text(1500ms) == "1500ms");
    CHECK(duration_text(0ms) == "0");
}
