#include "relay/outbound/pattern_table.hpp"

#include <string>

#include "relay/outbound/aside_list.hpp"
#include "tests/support/catch.hpp"

using namespace kurir::outbound;

TEST_CASE("the first of many patterns that fits", "[suspension]") {
    pattern_table subject;
    CHECK(subject.empty());
    CHECK_FALSE(subject.first_of("one.test"));
    subject.add("One.test", 0);
    subject.add("*.test", 1);
    subject.add("two.test", 2);
    subject.add("one.test", 3);
    subject.add("*", 4);
    CHECK_FALSE(subject.empty());
    CHECK(subject.first_of("ONE.test") == 0);
    CHECK(subject.first_of("two.test") == 1);
    CHECK(subject.first_of("two.example") == 4);
    CHECK(subject.first_of("") == 4);
}

TEST_CASE(
    "what is set aside is found, taken, and comes out when its suspension ends", "[suspension]"
) {
    aside_list subject;
    CHECK_FALSE(subject.suspension_of(3));
    CHECK_FALSE(subject.take(3));
    subject.put(3, 7);
    subject.put(9, 8);
    subject.put(4, 7);
    CHECK(subject.suspension_of(9) == 8);
    CHECK_FALSE(subject.suspension_of(5));
    CHECK(subject.take(4));
    CHECK_FALSE(subject.take(4));
    CHECK(subject.size() == 2);
    CHECK(subject.extract_if([](auto number) {
        return number == 7;
    }) == std::vector<aside_list::slot>{3});
    CHECK(subject.extract_if([](auto) { return true; }) == std::vector<aside_list::slot>{9});
    CHECK(subject.size() == 0);
    CHECK_FALSE(subject.suspension_of(9));
}
