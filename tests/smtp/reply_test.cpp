#include "relay/smtp/reply.hpp"

#include "tests/support/catch.hpp"

using namespace kurir::smtp;

TEST_CASE("S040 S100 every line repeats code and status, only the last has a space", "[smtp]") {
    const reply two{550, {5, 7, 1}, {"first", "second"}};
    CHECK(two.wire() == "550-5.7.1 first\r\n550 5.7.1 second\r\n");
    CHECK(two.joined() == "first second");
    CHECK(two.severity() == 5);
}

TEST_CASE("S100 a reply without status has only its code", "[smtp]") {
    const reply plain{354, {}, {"Go ahead"}};
    CHECK(plain.wire() == "354 Go ahead\r\n");
}

TEST_CASE("S022 no line of a reply is over 512 bytes", "[smtp]") {
    const reply huge{250, {}, {std::string(2000, 'x')}};
    CHECK(huge.wire().size() == 512);
    CHECK(huge.wire().ends_with("x\r\n"));
}

TEST_CASE("An enhanced status is found only in its exact form", "[smtp]") {
    CHECK(enhanced_status::parse("5.1.1 No such user") == enhanced_status{5, 1, 1});
    CHECK(enhanced_status::parse("2.0.0") == enhanced_status{2, 0, 0});
    CHECK(enhanced_status::parse("4.123.999 x") == enhanced_status{4, 123, 999});
    for (const auto* text :
         {"",
          "5",
          "5.1",
          "5.1.",
          "3.1.1",
          "5.1.1x",
          "5.1234.1",
          "55.1.1",
          ".1.1",
          "5..1",
          "5.1.1.1",
          " 5.1.1"}) {
        CAPTURE(text);
        CHECK(!enhanced_status::parse(text));
    }
    CHECK(enhanced_status{5, 7, 1}.text() == "5.7.1");
}
