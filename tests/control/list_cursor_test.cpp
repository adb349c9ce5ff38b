#include "relay/control/list_cursor.hpp"

#include "tests/support/catch.hpp"

using namespace kurir;
using namespace kurir::control;

TEST_CASE("a cursor is read as it was written", "[control]") {
    CHECK(text_of(list_cursor{.item = 17}) == "17");
    CHECK(list_cursor_named("17") == list_cursor{.item = 17});
    const queue::message_id id(0x1234567890abcdef);
    const list_cursor other{.other = queue::entry_name{id, queue::entry_id(5)}};
    CHECK(text_of(other) == id.text() + ".5");
    CHECK(list_cursor_named(text_of(other)) == other);
    const auto begin = list_cursor::of_others();
    CHECK(list_cursor_named(text_of(begin)) == begin);
}

TEST_CASE("what is no cursor is refused", "[control]") {
    for (const auto* text : {"", "x", "-1", "4294967296", ".", "1.2", "00000000000Z1.", ".7"}) {
        CAPTURE(text);
        CHECK_FALSE(list_cursor_named(text));
    }
}
