#include "metrics/enumerators.hpp"

#include <array>
#include <string_view>

#include "metrics/labels.hpp"
#include "tests/support/catch.hpp"

using namespace kurir;

namespace {

enum class colour : unsigned char { red, dark_blue, green };
enum class paint : unsigned char { red, dark_blue, green };

struct row {
    colour key;
    int value;
};

template <std::size_t Size>
consteval bool complete(const std::array<row, Size>& rows) {
    return metrics::has_row_for_each(rows, &row::key);
}

}  // namespace

TEST_CASE("an enum's texts are the names of its values, in their order", "[metrics][labels]") {
    STATIC_REQUIRE(
        metrics::enumerators<colour> == std::array<std::string_view, 3>{"red", "dark_blue", "green"}
    );
    STATIC_REQUIRE(metrics::same_named<paint>(colour::green) == paint::green);

    CHECK(text(metrics::session_end::quit) == "quit");
    CHECK(text(metrics::reject_reason::auth_not_offered) == "auth_not_offered");
    CHECK(text(metrics::queue_age::from_1d) == "1d_to_3d");
    CHECK(text(metrics::http_code::unavailable) == "503");
}

TEST_CASE("a table that lacks a row, or has one in the wrong place, is seen", "[metrics][labels]") {
    using enum colour;
    STATIC_REQUIRE(complete(std::array{row{red, 1}, row{dark_blue, 2}, row{green, 3}}));
    STATIC_REQUIRE(!complete(std::array{row{red, 1}, row{dark_blue, 2}}));
    STATIC_REQUIRE(!complete(std::array{row{red, 1}, row{green, 3}}));
    STATIC_REQUIRE(!complete(std::array{row{red, 1}, row{green, 3}, row{dark_blue, 2}}));
    STATIC_REQUIRE(!complete(std::array{row{red, 1}, row{dark_blue, 2}, row{dark_blue, 2}}));
}
