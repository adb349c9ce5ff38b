// How the lists of a queue folder stand to a notice board.
#include "relay/app/board_copy.hpp"

#include "tests/support/catch.hpp"

using namespace kurir;
using app::board_copy;
using app::board_standing;
using app::text_of;

TEST_CASE("the file of a board says whose copy the lists are", "[app]") {
    for (const auto& copy :
         {board_copy{.board = "0a1b"}, board_copy{.board = "0a1b", .is_behind = true}}) {
        CHECK(app::read_board_copy(text_of(copy)) == copy);
    }
    CHECK(text_of({.board = "0a1b", .is_behind = true}) == "0a1b behind\n");
    CHECK(app::read_board_copy("") == board_copy());
    CHECK(app::read_board_copy("0a1b") == board_copy());  // cut
}

TEST_CASE("only a whole copy of the same board has nothing of its own", "[app]") {
    CHECK(app::standing_to("x", {.board = "x"}) == board_standing::copy);
    CHECK(app::standing_to("x", {.board = "x", .is_behind = true}) == board_standing::behind);
    CHECK(app::standing_to("x", {.board = "y"}) == board_standing::stranger);
    CHECK(app::standing_to("x", {.board = "y", .is_behind = true}) == board_standing::stranger);
    CHECK(app::standing_to("x", {}) == board_standing::stranger);
}

TEST_CASE("what is on a board is known by kind and key", "[app]") {
    using kind = queue::notice_kind;
    app::board_contents contents;
    contents.add({.kind = kind::suppression, .key = "b"});
    contents.add({.kind = kind::suspension, .key = "a"});
    contents.add({.kind = kind::suppression, .key = "gone", .removed = true});
    contents.seal();
    CHECK(contents.has(kind::suppression, "b"));
    CHECK(contents.has(kind::suspension, "a"));
    CHECK_FALSE(contents.has(kind::suppression, "a"));
    CHECK_FALSE(contents.has(kind::suspension, "b"));
    CHECK_FALSE(contents.has(kind::suppression, "gone"));
}
