#include "relay/doctor/finding.hpp"

#include "tests/support/catch.hpp"

using namespace kurir;
using doctor::grade;

TEST_CASE("a finding is a line, and one for what to do", "[doctor][finding]") {
    CHECK(
        text_of(doctor::finding{.check = "ptr", .subject = "192.0.2.1", .found = "is a.test"}) ==
        "ok       ptr           192.0.2.1: is a.test\n"
    );
    const doctor::finding bad{
        .check = "clock", .subject = "", .grade = grade::wrong, .found = "late", .advice = "set it"
    };
    CHECK(
        text_of(bad) ==
        "wrong    clock         late\n"
        "                       do: set it\n"
    );
}
